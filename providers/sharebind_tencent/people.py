"""The people behind accounts: who one is, and who others are."""

from __future__ import annotations

from sharebind.provider import Context, Person, Somebody
from sharebind_tencent.session import Session
from sharebind_tencent.wire import people, requests


class People:
    """Looks people up."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def me(self, ctx: Context) -> Person:
        """Say who this account is (AppGetUser)."""
        return people.me_in(await self._session.ask(requests.get_user(), ctx))

    async def find(self, who: Somebody, ctx: Context) -> Person:
        """Say whose e-mail address or phone number that is (AppFindUser).

        Raises:
            RecipientNotFoundError: nobody's.

        """
        return people.found_in(await self._session.ask(requests.find_user(who), ctx), who)
