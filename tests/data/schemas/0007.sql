-- A database as the schema of step 7 keeps it, with one conversation in it. Released: never change it.
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'switchyard','m0001_first','2026-11-21 08:58:20.178488+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'switchyard','m0002_catalog','2026-11-21 11:45:05.973022+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'switchyard','m0003_offered','2026-11-21 12:21:06.511077+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'switchyard','m0004_routing','2026-11-21 14:41:57.766966+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'switchyard','m0005_chat','2026-11-21 17:18:53.507659+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'switchyard','m0006_gone','2026-11-21 20:28:11.232377+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'switchyard','m0007_characters','2026-11-21 20:52:40.104512+00:00');
CREATE TABLE "account" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "name" TEXT NOT NULL,
   "provider" TEXT NOT NULL,
   "base_url" TEXT NOT NULL,
   "settings" TEXT NOT NULL,
   "created_ms" INTEGER NOT NULL,
   "deleted_ms" INTEGER,
   "models_ms" INTEGER
) STRICT;
INSERT INTO "account" VALUES(1,'01900000-0000-7000-8000-0000000000a1','a','openai','https://api.example.invalid/v1','{}',1,NULL,5);
CREATE TABLE "account_model" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "account" INTEGER NOT NULL REFERENCES "account"("id"),
   "name" TEXT NOT NULL,
   "seq" INTEGER NOT NULL,
   "context" INTEGER,
   "max_output" INTEGER,
   "size_bytes" INTEGER,
   "chat" INTEGER NOT NULL,
   "cloud" INTEGER NOT NULL
, facts TEXT) STRICT;
INSERT INTO "account_model" VALUES(1,'01a1fd53-f494-70f7-995f-b8cd1a660008',1,'m1',0,8192,NULL,NULL,1,0,'{"prices": [{"price": {"input": 3000000000, "output": 15000000000, "cached_input": 300000000}}], "capabilities": {"tools": true, "vision": false}}');
CREATE TABLE "attempt" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "route" INTEGER NOT NULL REFERENCES "route"("id"),
   "n" INTEGER NOT NULL,
   "step" INTEGER NOT NULL,
   "reason" TEXT NOT NULL,
   "purpose" TEXT NOT NULL,
   "account" TEXT,
   "account_name" TEXT NOT NULL,
   "provider" TEXT NOT NULL,
   "requested_model" TEXT NOT NULL,
   "served_model" TEXT,
   "state" TEXT NOT NULL,
   "owner" TEXT,
   "failure_kind" TEXT,
   "failure_code" TEXT,
   "failure_status" INTEGER,
   "failure_message" TEXT,
   "failure_body" TEXT,
   "retry_after_ms" INTEGER,
   "request_id" TEXT,
   "queued_ms" INTEGER,
   "sent_ms" INTEGER,
   "first_byte_ms" INTEGER,
   "first_token_ms" INTEGER,
   "ended_ms" INTEGER,
   "ttft_ms" INTEGER,
   "duration_ms" INTEGER,
   "input" INTEGER,
   "output" INTEGER,
   "cached_input" INTEGER,
   "cache_write_5m" INTEGER,
   "cache_write_1h" INTEGER,
   "reasoning" INTEGER,
   "audio" INTEGER,
   "image" INTEGER,
   "usage_source" TEXT,
   "cost_nanos" INTEGER,
   "cost_source" TEXT,
   "price" TEXT,
   "simulated" INTEGER,
   "finish" TEXT
, audio_output INTEGER, image_output INTEGER, searches INTEGER, track TEXT, seam TEXT) STRICT;
INSERT INTO "attempt" VALUES(1,'01a1fd53-f495-7043-adfc-0fabf886edf3',1,1,1,'first','chat','01900000-0000-7000-8000-0000000000a1','a','openai','m1',NULL,'failed',NULL,'RATE_LIMIT','rate_limit_exceeded',429,'slow down','{"error":{}}',60000,NULL,10,NULL,NULL,NULL,15,NULL,5,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,'computed',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "attempt" VALUES(2,'01a1fd53-f496-7011-ba2c-a5043e8eebb3',1,2,2,'fallback','chat',NULL,'b','openai-compatible','m2','m2-2026','completed',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,20,21,25,27,60,6,40,11,20,0,0,NULL,NULL,NULL,NULL,'reported',333000,'computed','{"input": 3000000000, "output": 15000000000}',0,'stop',0,0,1,NULL,NULL);
CREATE TABLE "budget" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "scope" TEXT NOT NULL,
   "target" TEXT NOT NULL,
   "period" TEXT NOT NULL,
   "limit_nanos" INTEGER,
   "warn_share" INTEGER,
   "action" TEXT NOT NULL,
   "created_ms" INTEGER NOT NULL,
   "deleted_ms" INTEGER
) STRICT;
CREATE TABLE "budget_notice" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "budget" TEXT NOT NULL,
   "verdict" TEXT NOT NULL,
   "start_ms" INTEGER NOT NULL
) STRICT;
CREATE TABLE "chain" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "name" TEXT NOT NULL,
   "is_default" INTEGER NOT NULL,
   "created_ms" INTEGER NOT NULL,
   "deleted_ms" INTEGER
) STRICT;
INSERT INTO "chain" VALUES(1,'01a1fd53-f494-70f8-bf75-b44824fa1e23','Everyday',1,1795251500180,NULL);
CREATE TABLE "chain_version" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "chain" INTEGER NOT NULL REFERENCES "chain"("id"),
   "number" INTEGER NOT NULL,
   "body" TEXT NOT NULL,
   "created_ms" INTEGER NOT NULL
, note TEXT, text TEXT) STRICT;
INSERT INTO "chain_version" VALUES(1,'01a1fd53-f494-70f9-bff4-533d8d840ee8',1,1,'{"switchyard-chain": 1, "name": "Everyday", "steps": [{"use": "a/m1"}, {"use": "b/m2"}]}',1795251500180,NULL,NULL);
CREATE TABLE "conversation" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "title" TEXT NOT NULL,
   "head" INTEGER,
   "created_ms" INTEGER NOT NULL,
   "updated_ms" INTEGER NOT NULL,
   "deleted_ms" INTEGER,
   "messages" INTEGER NOT NULL,
   "cost_nanos" INTEGER,
   "free" INTEGER NOT NULL,
   "simulated" INTEGER NOT NULL
, workspace INTEGER REFERENCES workspace(id), folder INTEGER REFERENCES folder(id), pinned_ms INTEGER, archived_ms INTEGER, unseen TEXT, title_source TEXT NOT NULL DEFAULT 'words', system TEXT, local_only INTEGER NOT NULL DEFAULT 0, parameters TEXT, gone_ms INTEGER) STRICT;
INSERT INTO "conversation" VALUES(1,'01900000-0000-7000-8000-000000000001','What is kept?',2,10,1795251500183,NULL,2,333000,0,0,1,1,3,NULL,NULL,'words','Be brief.',1,NULL,NULL);
INSERT INTO "conversation" VALUES(2,'01900000-0000-7000-8000-0000000000c1','',NULL,1,2,3,0,NULL,0,0,NULL,NULL,NULL,NULL,NULL,'words',NULL,0,NULL,4);
CREATE TABLE "conversation_tag" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "conversation" INTEGER NOT NULL REFERENCES "conversation"("id"),
   "tag" INTEGER NOT NULL REFERENCES "tag"("id")
) STRICT;
INSERT INTO "conversation_tag" VALUES(1,'01900000-0000-7000-8000-0000000000b4',1,1);
CREATE TABLE "deployment" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "account" INTEGER NOT NULL REFERENCES "account"("id"),
   "model" TEXT NOT NULL,
   "added" INTEGER NOT NULL,
   "override" TEXT,
   "refuses" TEXT,
   "looked_up" TEXT,
   "stamp" TEXT,
   "changed_ms" INTEGER NOT NULL
, hidden INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "deployment" VALUES(1,'01900000-0000-7000-8000-0000000000d1',1,'m1',0,'{"context": 9000}','["temperature"]','{}','x',7,0);
CREATE TABLE "draft" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "conversation" TEXT NOT NULL,
   "text" TEXT NOT NULL,
   "updated_ms" INTEGER NOT NULL
, files TEXT, parameters TEXT) STRICT;
CREATE TABLE "folder" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "workspace" INTEGER REFERENCES "workspace"("id"),
   "name" TEXT NOT NULL,
   "seq" INTEGER NOT NULL,
   "folded" INTEGER NOT NULL,
   "created_ms" INTEGER NOT NULL,
   "deleted_ms" INTEGER
) STRICT;
INSERT INTO "folder" VALUES(1,'01900000-0000-7000-8000-0000000000b2',1,'Gateway',0,0,1,NULL);
CREATE TABLE "message" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "conversation" INTEGER NOT NULL REFERENCES "conversation"("id"),
   "parent" INTEGER REFERENCES "message"("id"),
   "role" TEXT NOT NULL,
   "state" TEXT NOT NULL,
   "seq" INTEGER NOT NULL,
   "owner" TEXT,
   "created_ms" INTEGER NOT NULL,
   "reasoning_ms" INTEGER
, rating INTEGER, excluded INTEGER NOT NULL DEFAULT 0, pinned_ms INTEGER, deleted_ms INTEGER, indexed INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "message" VALUES(1,'01900000-0000-7000-8000-000000000002',1,NULL,'user','complete',0,NULL,10,NULL,NULL,0,NULL,NULL,0);
INSERT INTO "message" VALUES(2,'01900000-0000-7000-8000-000000000003',1,1,'assistant','complete',1,NULL,10,NULL,1,0,NULL,NULL,0);
CREATE TABLE "override" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "kind" TEXT NOT NULL,
   "target" TEXT NOT NULL,
   "created_ms" INTEGER NOT NULL
) STRICT;
CREATE TABLE "park" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "scope" TEXT NOT NULL,
   "name" TEXT NOT NULL,
   "kind" TEXT NOT NULL,
   "message" TEXT,
   "since_ms" INTEGER NOT NULL,
   "until_ms" INTEGER,
   "fingerprint" TEXT
) STRICT;
CREATE TABLE "part" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "message" INTEGER NOT NULL REFERENCES "message"("id"),
   "seq" INTEGER NOT NULL,
   "kind" TEXT NOT NULL,
   "text" TEXT,
   "data" TEXT,
   "opaque" TEXT,
   "blob_sha256" TEXT,
   "attempt" INTEGER REFERENCES "attempt"("id"),
   "superseded" INTEGER NOT NULL
) STRICT;
INSERT INTO "part" VALUES(1,'01a1fd53-f495-7042-b9e3-bc4f7a8970f3',1,0,'text','What is kept?',NULL,NULL,NULL,NULL,0);
INSERT INTO "part" VALUES(2,'01a1fd53-f497-7089-aede-522a3654ee3e',2,3,'text','Everything.',NULL,NULL,NULL,2,0);
CREATE TABLE "pick" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "kind" TEXT NOT NULL,
   "target" TEXT NOT NULL,
   "favourite_ms" INTEGER,
   "used_ms" INTEGER
) STRICT;
INSERT INTO "pick" VALUES(1,'01900000-0000-7000-8000-0000000000b6','model','a/m1',1,2);
CREATE TABLE "reservation" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "route" TEXT NOT NULL,
   "n" INTEGER NOT NULL,
   "owner" TEXT NOT NULL,
   "account" TEXT NOT NULL,
   "provider" TEXT NOT NULL,
   "chain" TEXT,
   "amount_nanos" INTEGER NOT NULL,
   "created_ms" INTEGER NOT NULL
, workspace TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE "route" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "reply" INTEGER REFERENCES "message"("id"),
   "chain_version" INTEGER REFERENCES "chain_version"("id"),
   "chain" TEXT,
   "deployment" TEXT,
   "pinned" INTEGER NOT NULL,
   "parameters" TEXT NOT NULL,
   "system" TEXT,
   "steps" INTEGER NOT NULL,
   "decision" TEXT,
   "skipped" TEXT,
   "failure" TEXT,
   "question" TEXT,
   "finish" TEXT,
   "warnings" TEXT,
   "created_ms" INTEGER NOT NULL,
   "ended_ms" INTEGER
, workspace INTEGER REFERENCES workspace(id)) STRICT;
INSERT INTO "route" VALUES(1,'01900000-0000-7000-8000-000000000004',2,1,'Everyday',NULL,0,'{"stream": true}',NULL,2,'[{"source": "{deployment} was rate limited.", "params": {"deployment": "a/m1"}}]','[]',NULL,NULL,'stop','[]',10,1795251500183,NULL);
CREATE TABLE "tag" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "name" TEXT NOT NULL,
   "created_ms" INTEGER NOT NULL
) STRICT;
INSERT INTO "tag" VALUES(1,'01900000-0000-7000-8000-0000000000b3','urgent',1);
CREATE TABLE "unsent" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "conversation" TEXT NOT NULL,
   "text" TEXT NOT NULL,
   "files" TEXT NOT NULL,
   "chain" TEXT,
   "deployment" TEXT,
   "reason" TEXT NOT NULL,
   "created_ms" INTEGER NOT NULL
) STRICT;
INSERT INTO "unsent" VALUES(1,'01900000-0000-7000-8000-0000000000b5','01900000-0000-7000-8000-000000000001','Later.','[]',NULL,'a/m1','offline',1);
CREATE VIRTUAL TABLE word_index USING fts5(words, content='', prefix='2 3', tokenize="unicode61 remove_diacritics 2");
INSERT INTO word_index (word_index, rank) VALUES ('automerge', 0), ('usermerge', 8);
CREATE TABLE "workspace" (
   "id" INTEGER PRIMARY KEY,
   "uid" TEXT NOT NULL,
   "name" TEXT NOT NULL,
   "seq" INTEGER NOT NULL,
   "created_ms" INTEGER NOT NULL,
   "deleted_ms" INTEGER
) STRICT;
INSERT INTO "workspace" VALUES(1,'01900000-0000-7000-8000-0000000000b1','Work',0,1,NULL);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE UNIQUE INDEX "idx_account_uid"
    ON "account" ("uid");
CREATE UNIQUE INDEX "idx_account_model_uid"
    ON "account_model" ("uid");
CREATE INDEX "idx_account_model_account_seq"
    ON "account_model" ("account", "seq");
CREATE UNIQUE INDEX "idx_chain_uid"
    ON "chain" ("uid");
CREATE UNIQUE INDEX "idx_chain_version_uid"
    ON "chain_version" ("uid");
CREATE UNIQUE INDEX "idx_chain_version_chain_number"
    ON "chain_version" ("chain", "number");
CREATE UNIQUE INDEX "idx_conversation_uid"
    ON "conversation" ("uid");
CREATE INDEX "idx_conversation_updated_ms"
    ON "conversation" ("updated_ms");
CREATE UNIQUE INDEX "idx_message_uid"
    ON "message" ("uid");
CREATE INDEX "idx_message_conversation_seq"
    ON "message" ("conversation", "seq");
CREATE INDEX idx_message_streaming ON message (owner) WHERE state = 'streaming';
CREATE UNIQUE INDEX "idx_route_uid"
    ON "route" ("uid");
CREATE INDEX "idx_route_reply"
    ON "route" ("reply");
CREATE UNIQUE INDEX "idx_attempt_uid"
    ON "attempt" ("uid");
CREATE UNIQUE INDEX "idx_attempt_route_n"
    ON "attempt" ("route", "n");
CREATE INDEX idx_attempt_running ON attempt (owner) WHERE state = 'running';
CREATE UNIQUE INDEX "idx_part_uid"
    ON "part" ("uid");
CREATE UNIQUE INDEX "idx_part_message_seq"
    ON "part" ("message", "seq");
CREATE UNIQUE INDEX "idx_draft_uid"
    ON "draft" ("uid");
CREATE UNIQUE INDEX "idx_draft_conversation"
    ON "draft" ("conversation");
CREATE UNIQUE INDEX "idx_deployment_uid"
    ON "deployment" ("uid");
CREATE UNIQUE INDEX "idx_deployment_account_model"
    ON "deployment" ("account", "model");
CREATE INDEX "idx_account_model_account_name"
    ON "account_model" ("account", "name");
CREATE UNIQUE INDEX "idx_park_uid"
    ON "park" ("uid");
CREATE UNIQUE INDEX "idx_park_scope_name"
    ON "park" ("scope", "name");
CREATE UNIQUE INDEX "idx_override_uid"
    ON "override" ("uid");
CREATE UNIQUE INDEX "idx_override_kind_target"
    ON "override" ("kind", "target");
CREATE UNIQUE INDEX "idx_budget_uid"
    ON "budget" ("uid");
CREATE UNIQUE INDEX "idx_reservation_uid"
    ON "reservation" ("uid");
CREATE UNIQUE INDEX "idx_reservation_route_n"
    ON "reservation" ("route", "n");
CREATE UNIQUE INDEX "idx_budget_notice_uid"
    ON "budget_notice" ("uid");
CREATE UNIQUE INDEX "idx_budget_notice_budget_verdict"
    ON "budget_notice" ("budget", "verdict");
CREATE INDEX "idx_attempt_spent"
    ON "attempt" ("queued_ms", "simulated", "cost_nanos", "provider", "account");
CREATE INDEX "idx_attempt_account_name_requested_model"
    ON "attempt" ("account_name", "requested_model");
CREATE UNIQUE INDEX "idx_workspace_uid"
    ON "workspace" ("uid");
CREATE UNIQUE INDEX "idx_folder_uid"
    ON "folder" ("uid");
CREATE UNIQUE INDEX "idx_tag_uid"
    ON "tag" ("uid");
CREATE UNIQUE INDEX "idx_tag_name"
    ON "tag" ("name");
CREATE UNIQUE INDEX "idx_conversation_tag_uid"
    ON "conversation_tag" ("uid");
CREATE INDEX "idx_conversation_tag_tag"
    ON "conversation_tag" ("tag");
CREATE UNIQUE INDEX "idx_conversation_tag_conversation_tag"
    ON "conversation_tag" ("conversation", "tag");
CREATE UNIQUE INDEX "idx_unsent_uid"
    ON "unsent" ("uid");
CREATE INDEX "idx_unsent_conversation"
    ON "unsent" ("conversation");
CREATE UNIQUE INDEX "idx_pick_uid"
    ON "pick" ("uid");
CREATE UNIQUE INDEX "idx_pick_kind_target"
    ON "pick" ("kind", "target");
CREATE INDEX idx_message_unindexed ON message (id) WHERE indexed = 0;
CREATE INDEX idx_conversation_gone ON conversation (id) WHERE gone_ms IS NOT NULL;
CREATE INDEX "idx_message_parent"
    ON "message" ("parent");
CREATE INDEX idx_part_blob ON part (blob_sha256) WHERE blob_sha256 IS NOT NULL;
PRAGMA user_version = 7;
COMMIT;
