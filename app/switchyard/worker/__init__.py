"""Work that is done in a process of its own: files that strangers made are opened here, and heavy libraries loaded."""

OPTION = "--worker"  # the first word of a program that is begun as a worker; its name and its arguments follow
