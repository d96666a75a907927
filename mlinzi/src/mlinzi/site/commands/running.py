"""`mlinzi run`, and the two processes that have no port."""

import argparse
import os
from contextlib import ExitStack

from rich.console import Console

from mlinzi.site.environment import state_folder
from mlinzi.site.installing import install, owner_connection
from mlinzi.site.postgres import Cluster
from mlinzi.site.processes import check_port, run_all


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Make the installation if there is none, then start everything and keep it running until Ctrl-C."""
    state = state_folder()
    check_port(arguments.public_port, "--public-port")
    check_port(arguments.staff_port, "--staff-port")
    check_port(arguments.provider_port, "--provider-port")

    def announce() -> None:
        public, staff = arguments.public_port, arguments.staff_port
        console.print(f"\n[bold]To report:[/]   http://127.0.0.1:{public}")
        console.print(f"[bold]For officers:[/] http://localhost:{staff}")
        console.print(f"[bold]For programs:[/] http://127.0.0.1:{arguments.provider_port}/ispws")
        if demonstration:
            from mlinzi.site.demo.cast import PASSWORD

            console.print("\nDemonstration: everything is invented. Sign in as, for example,")
            console.print(f"  amina@demo.invalid   password  {PASSWORD}")
            console.print("  second factor:  .venv/bin/mlinzi demo code Amina")
            console.print("  everybody:      .venv/bin/mlinzi demo people")
        else:
            console.print("\nFirst person:  .venv/bin/mlinzi first-administrator --help")
        console.print("\nCtrl-C ends it.\n")

    with ExitStack() as stack:
        if not os.environ.get("DATABASE_URL"):
            # Kept up between the two steps below, each of which would else start and stop it.
            stack.enter_context(Cluster(state / "postgres").running())
        with owner_connection(state) as owner_url:
            demonstration = install(
                state,
                owner_url,
                arguments.pack,
                reports=None if arguments.empty else arguments.reports,
                say=lambda line: console.print(f"[dim]•[/] {line}"),
            )
        return run_all(
            state,
            public_port=arguments.public_port,
            staff_port=arguments.staff_port,
            provider_port=arguments.provider_port,
            announce=announce,
        )


def worker(_arguments: argparse.Namespace, _console: Console) -> int:
    """Run the jobs until a signal comes."""
    os.environ.setdefault("MLINZI_PROCESS", "worker")
    import django

    django.setup()
    from mlinzi.site import worker as site_worker
    from mlinzi.site.quietlog import fall_quietly

    fall_quietly()
    site_worker.run()
    return 0


def sequencer(_arguments: argparse.Namespace, _console: Console) -> int:
    """Number the audit log until a signal comes."""
    os.environ.setdefault("MLINZI_PROCESS", "sequencer")
    import django

    django.setup()
    from mlinzi.site import sequencing
    from mlinzi.site.quietlog import fall_quietly

    fall_quietly()
    sequencing.run()
    return 0
