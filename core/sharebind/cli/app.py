"""The commands. Results go to stdout, all else to stderr; JSON carries ``"schema": 1``."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from typing import Any, Final

import click

from sharebind._version import __version__
from sharebind.cli import show
from sharebind.errors import (
    ConfigurationError,
    ConflictError,
    DeviceNotReadyError,
    InvalidRequestError,
    NotEntitledError,
    NotFoundError,
    PermissionDeniedError,
    PolicyDeniedError,
    ProofRejectedError,
    QuotaExceededError,
    RateLimitedError,
    SharebindError,
    ShareEndedError,
    SignInError,
    UnavailableError,
    UnknownProviderError,
    UnsupportedError,
)
from sharebind.registry import Registry

SCHEMA: Final = 1

_EXIT: Final[tuple[tuple[int, tuple[type[SharebindError], ...]], ...]] = (
    (2, (ConfigurationError, UnknownProviderError, InvalidRequestError)),
    (4, (SignInError,)),
    (5, (NotFoundError,)),
    (
        6,
        (
            UnsupportedError,
            PolicyDeniedError,
            NotEntitledError,
            PermissionDeniedError,
            ProofRejectedError,
            ConflictError,
            ShareEndedError,
            QuotaExceededError,
        ),
    ),
    (7, (RateLimitedError, UnavailableError, DeviceNotReadyError)),
)


def exit_status(error: SharebindError) -> int:
    """Give the exit status that says what to do about an error."""
    return next((status for status, kinds in _EXIT if isinstance(error, kinds)), 1)


def run(arguments: list[str]) -> int:
    """Run one command line."""
    try:
        status = commands.main(arguments, prog_name="sharebind", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort:
        return 130
    except KeyboardInterrupt:
        return 130
    except click.ClickException as wrong:
        wrong.show(sys.stderr)
        return 2 if isinstance(wrong, click.UsageError) else 1
    except SharebindError as error:
        click.echo(f"sharebind: {error}", err=True)
        return exit_status(error)
    except BrokenPipeError:
        # Whoever was reading has seen enough; there is nobody left to tell.
        sys.stderr.close()
        return 0
    return status if isinstance(status, int) else 0


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sharebind")
def commands() -> None:
    """Share and bind IoT devices over every vendor's cloud."""


@commands.command()
def demo() -> int:
    """Play the whole story on emulated clouds: bind, share, accept, list, expire, revoke, unbind."""
    from sharebind.cli.demo import play

    return asyncio.run(play())


@commands.command()
@click.argument("providers", nargs=-1)
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="Port on 127.0.0.1; 0: any.")
@click.option("--seed", default=7, show_default=True, type=int, help="The same seed gives the same users and devices.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON first: addresses, users, devices.")
def emulate(providers: tuple[str, ...], port: int, seed: int, as_json: bool) -> int:  # noqa: FBT001 - click's way
    """Run vendors' clouds as local servers until interrupted (all that have one, or those named)."""
    return asyncio.run(_emulate(providers or _emulated(), port, seed, as_json=as_json))


@commands.command()
@click.argument("provider", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def capabilities(provider: str | None, as_json: bool) -> int:  # noqa: FBT001 - click's way
    """Show what each provider can be asked for, and why not."""
    registry = Registry()
    names = [provider] if provider else [row.name for row in registry.report("provider") if row.status == "loaded"]
    specs = {name: registry.spec(name) for name in names}
    if as_json:
        _print_json(
            {
                "providers": {
                    name: {
                        capability: {
                            "level": support.level.value,
                            "reason": support.reason,
                            **({"names": sorted(support.names)} if support.names else {}),
                        }
                        for capability, support in sorted(spec.capabilities.items())
                    }
                    for name, spec in specs.items()
                }
            }
        )
    else:
        show.matrix({name: spec.capabilities for name, spec in specs.items()}, reasons=provider is not None)
    return 0


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def providers(as_json: bool) -> int:  # noqa: FBT001 - click's way
    """Show which providers are installed, which failed to load, and why."""
    rows = [row for row in Registry().report("provider") if row.status != "ignored"]
    if as_json:
        fields = ("name", "status", "distribution", "title", "why")
        _print_json({"providers": [{field: getattr(row, field) for field in fields} for row in rows]})
    else:
        show.providers(rows)
    return 1 if any(row.status == "failed" for row in rows) else 0


@commands.command()
@click.argument("provider")
@click.option("--tier", type=click.Choice(("bronze", "silver", "gold")), help="Climb so far, and fail below it.")
@click.option("--all", "whole", is_flag=True, help="Judge each tier, whatever is missed before it.")
@click.option("--trace", metavar="CHECK", help="Run one check, and show its requests, answers and outcomes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(provider: str, tier: str | None, trace: str | None, whole: bool, as_json: bool) -> int:  # noqa: FBT001 - click's way
    """Hold a provider to the conformance kit, tier by tier as far as it goes; the status is 0 from bronze on.

    With --tier it goes no further than that tier, and the status is 0 where that one is reached.

    PROVIDER is the name of an installed one, or the place of a rig: package.module:RigClass, path/to/rig.py:RigClass.
    """
    from sharebind.cli import check as checking

    if tier and trace:
        raise click.UsageError("--tier holds a provider to many checks, --trace shows one: give one of them")
    if whole and trace:
        raise click.UsageError("--all holds a provider to every tier, --trace shows one check: give one of them")
    make_rig = checking.rig_of(provider)
    if trace:
        told, passed = asyncio.run(checking.traced(make_rig, trace, aloud=not as_json))
    else:
        told, passed = asyncio.run(checking.climbed(make_rig, tier, whole=whole, aloud=not as_json))
    if as_json:
        _print_json(told)
    return 0 if passed else 1


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plugins(as_json: bool) -> int:  # noqa: FBT001 - click's way
    """Show plugins of every kind: providers, policies and observers, also what is ignored, and why."""
    rows = Registry().report()
    if as_json:
        fields = ("kind", "name", "status", "distribution", "title", "why", "seconds")
        _print_json({"plugins": [{field: getattr(row, field) for field in fields} for row in rows]})
    else:
        show.plugins(rows)
    return 1 if any(row.status == "failed" for row in rows) else 0


def _print_json(content: dict[str, Any]) -> None:
    click.echo(json.dumps({"schema": SCHEMA, **content}, ensure_ascii=False, indent=2))


def _emulated() -> tuple[str, ...]:
    registry = Registry()
    loaded = [row.name for row in registry.report("provider") if row.status == "loaded"]
    return tuple(name for name in loaded if registry.spec(name).emulator is not None)


async def _emulate(names: tuple[str, ...], port: int, seed: int, *, as_json: bool) -> int:
    from sharebind.emulator import emulate as start

    stopped = asyncio.Event()
    _on_signal(stopped.set)
    try:
        async with start(*names, seed=seed, port=port) as clouds:
            told = clouds.describe()
            if as_json:
                click.echo(json.dumps({"schema": SCHEMA, **told}, ensure_ascii=False))
                sys.stdout.flush()
            else:
                for name in names:
                    click.echo(f"{name}: {clouds[name].base_url}")
            click.echo(f"emulating {', '.join(names)}; control at {clouds.control}; stop with Ctrl-C", err=True)
            await stopped.wait()
    except OSError as error:
        raise ConfigurationError(f"port {port} cannot be used: {error.strerror or error}") from None
    return 0


def _on_signal(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows has no signal handlers on its event loop; Ctrl-C raises there
            return
