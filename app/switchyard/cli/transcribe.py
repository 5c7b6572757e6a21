"""`switchyard transcribe`: what is said in a recording."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from switchyard.cli.interrupt import Interrupt
from switchyard.cli.parser import UsageError
from switchyard.cli.side_call import exit_code, figures, parse_model, tell_end
from switchyard.cli.terminal import Terminal
from switchyard.core.sentence import sentence
from switchyard.services.app import Services

LARGEST_MB = 1024


async def run(args: argparse.Namespace, services: Services, terminal: Terminal, interrupt: Interrupt) -> int:
    """Write down a recording; return the exit code."""
    name = parse_model(args.model)
    transcription = await services.transcription.open(name)
    audio = await asyncio.to_thread(_read, Path(args.file))
    with interrupt.stopping(transcription.stop):
        transcript, record = await transcription.run(audio, Path(args.file).name)
    if args.json:
        terminal.json(
            {
                **figures(name, record, services),
                "text": transcript.text if transcript is not None else "",
                "language": transcript.language if transcript is not None else None,
                "seconds": transcript.seconds if transcript is not None else None,
            }
        )
    elif transcript is not None:
        terminal.line(transcript.text)
    tell_end(record, terminal)
    return exit_code(record)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_MB * 1024 * 1024:
            raise UsageError(sentence("{file} is larger than {megabytes} MB.", file=str(path), megabytes=LARGEST_MB))
        audio = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(sentence("{file} cannot be read: {reason}.", file=str(path), reason=reason)) from None
    if not audio:
        raise UsageError(sentence("{file} is empty.", file=str(path)))
    return audio
