"""Work that is done in a process of its own: files that strangers made are opened here, and heavy libraries loaded."""
