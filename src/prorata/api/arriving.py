"""Arriving: how much of large bodies is kept, of one request and of all of them together."""

from collections.abc import Awaitable, Callable

from prorata.model.errors import RateLimited


class Room:
    """The memory for large bodies of one process."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, size: int) -> None:
        """Take so many bytes; raise RateLimited when they are not left."""
        if size > self._left:
            raise RateLimited("global-concurrency")
        self._left -= size

    def give_back(self, size: int) -> None:
        self._left += size


class Arrival:
    """A large body that is on its way: nobody fills memory who has not shown a key."""

    def __init__(self, room: Room, identify: Callable[[], Awaitable[None]]) -> None:
        self._room = room
        self._identify = identify
        self._size = 0

    async def grow(self, size: int) -> None:
        """Take room for a body of which so much has come.

        Raises what `identify` does, RateLimited when large bodies fill the memory for them.
        """
        if not self._size:
            await self._identify()
        self._room.take(size - self._size)
        self._size = size

    def end(self) -> None:
        self._room.give_back(self._size)
        self._size = 0
