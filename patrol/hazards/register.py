"""The register of hazards: reports in, actions upon hazards, and frames out.

Everything that changes it becomes an event, and everything it shows is derived from events (``apply``).
Names and phones of reporters lie in a table of their own, outside the events, and can be erased.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import geopandas as gpd
import pandas as pd

from patrol import text as safe
from patrol.config import HazardSettings
from patrol.errors import Finding, RegisterError
from patrol.hazards import act, lookup, replay, store, take, views
from patrol.hazards.apply import apply
from patrol.hazards.bodies import Batch
from patrol.hazards.chain import append, head
from patrol.hazards.due import due, risen
from patrol.hazards.geopackage import changed
from patrol.hazards.ids import hazard_id, ids, report_id
from patrol.hazards.lifecycle import allowed, kinds_of
from patrol.hazards.memory import Memory
from patrol.hazards.migrate import migrate
from patrol.hazards.model import REPORTERS, Event, Intake, canonical
from patrol.hazards.people import erase, identities, keep_identity
from patrol.hazards.stamps import is_stamp, last_moment, moment, short
from patrol.hazards.take import Taken

__all__ = ["Register", "Taken", "hazard_id", "ids", "open_register", "report_id"]

LATEST = "9999-12-31T23:59:59.999999Z"


def open_register(
    path: Path, *, create: bool, timezone: str, settings: HazardSettings, types: pd.DataFrame
) -> Register:
    """Open the register of a project; close it, or use it in a ``with`` block.

    Parameters
    ----------
    path : Path
        Its file, ``register.gpkg``, on a local disk.
    create : bool
        Make an empty one if there is none.
    timezone : str
        IANA name; days asked about end there.
    settings : HazardSettings
        Deadlines and escalation of what comes in from now on.
    types : DataFrame
        As ``taxonomy.load_types`` gives them.

    Raises
    ------
    RegisterError
        If the file is missing, damaged, read-only, no register, of a newer version, or on a network drive.
    """
    connection = store.connect(path, create=create)
    try:
        with store.told(path):
            migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return Register(connection, path, timezone=timezone, settings=settings, types=types)


class Register:
    """An open register; make it with :func:`open_register`."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        *,
        timezone: str,
        settings: HazardSettings,
        types: pd.DataFrame,
    ) -> None:
        self.path = path
        self.timezone = timezone
        self.settings = settings
        self.types = types
        self._kinds = kinds_of(types)
        self._connection = connection
        self._past = replay.Past()
        self.memory = Memory(connection, path)

    def __enter__(self) -> Register:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._past.close()
        self._connection.close()

    # Reading

    def hazards(self, on: date | datetime | None = None) -> gpd.GeoDataFrame:
        """Return the hazards, HAZARD_COLUMNS and points in EPSG:4326, in the order of their ids.

        Parameters
        ----------
        on : date or datetime, optional
            As they were at the end of that day (in the project's time zone) or at that moment, with
            ``overdue`` and ``due_level`` of that time, see ``due.due``.
        """
        with self._at(on) as connection:
            hazards = views.hazards(connection)
            if on is None:
                return hazards
            when = pd.Timestamp(moment(last_moment(on, self.timezone)))
            extra = due(hazards, views.due_rows(connection), self._kinds, self.settings, when)
            return hazards.assign(overdue=extra["overdue"], due_level=extra["due_level"])

    def reports(self, on: date | datetime | None = None) -> gpd.GeoDataFrame:
        """Return the reports, without who made them, in the order they were taken in."""
        with self._at(on) as connection:
            return views.reports(connection)

    def requests(self, on: date | datetime | None = None) -> gpd.GeoDataFrame:
        """Return the requests with their state (open, done, cancelled)."""
        with self._at(on) as connection:
            return views.requests(connection)

    def alerts(self, on: date | datetime | None = None) -> gpd.GeoDataFrame:
        """Return the warned areas; ``given_closed`` is when they run out."""
        with self._at(on) as connection:
            return views.alerts(connection)

    def photos(self, on: date | datetime | None = None) -> pd.DataFrame:
        """Return the photos, each with the report or hazard it shows."""
        with self._at(on) as connection:
            return views.photos(connection)

    def events(self, *actions: str) -> pd.DataFrame:
        """Return the events of these actions in order, all of them if none is named."""
        where = f"WHERE action IN ({', '.join('?' * len(actions))})" if actions else ""
        with store.told(self.path):
            return views.events(self._connection, where, actions)

    def history(self, name: str) -> pd.DataFrame:
        """Return the events of a hazard, of what was merged into it, its reports and photos; or of a request."""
        with store.told(self.path):
            found = self.find_request(name) if safe.clean(name).upper().startswith("Q-") else self.find(name)
            return lookup.history(self._connection, found)

    def known_keys(self, keys: Iterable[str]) -> set[str]:
        """Return which of these keys belong to reports, requests or alerts that were taken in."""
        with store.told(self.path):
            if take.is_blank(self._connection):
                return set()
        wanted = list(keys)
        by_id = {name: key for prefix in "RQA" for name, key in zip(ids(prefix, wanted), wanted, strict=True)}
        with store.told(self.path):
            return {by_id[name] for name in take.known_subjects(self._connection, list(by_id))}

    def find(self, name: str) -> str:
        """Return the hazard meant by an id, the start of one, or the id of one merged away or of a report.

        Raises
        ------
        RegisterError
            If nothing or more than one thing begins so.
        """
        with store.told(self.path):
            return lookup.find(self._connection, name, self.path.name)

    def find_request(self, name: str) -> str:
        """Return the request meant by an id or the start of one.

        Raises
        ------
        RegisterError
            If nothing or more than one thing begins so.
        """
        with store.told(self.path):
            return lookup.find_request(self._connection, name, self.path.name)

    def state(self, name: str) -> str:
        """Return the state that actions have brought a hazard to."""
        with store.told(self.path):
            return act.look_up(self._connection, self.find(name), self._kinds)[0].state

    def allowed(self, name: str) -> dict[str, tuple[str, ...]]:
        """Return what may be done about a hazard now, and by which parties."""
        with store.told(self.path):
            return allowed(*act.look_up(self._connection, self.find(name), self._kinds))

    def head(self) -> tuple[int, str]:
        """Return number and chained hash of the last event: they name the state of the register."""
        with store.told(self.path):
            return head(self._connection)

    # Writing

    @contextmanager
    def writing(self) -> Iterator[Register]:
        """Hold the write lock: what is read, decided and written inside is one step, done whole or not at all."""
        with self._lock():
            yield self

    def take(
        self, reports: pd.DataFrame, *, at_now: str, actor: str, party: str, intake: Intake | None = None,
        more: dict[str, Any] | None = None,
    ) -> Taken:  # fmt: skip
        """Take in reports, requests and alerts that are not known yet.

        Parameters
        ----------
        reports : DataFrame
            REPORT_COLUMNS and PLACE_COLUMNS, ``key``, and for hazards ``type`` (a code, "" unclassified),
            ``hazard_id`` (to which the report belongs; "" founds one) and ``previous_id`` (the closed
            hazard of which it is a new occurrence). Absent columns are blank but ``key``.
        at_now : str
            Stamp: when they are recorded, and when those were seen that do not say.
        actor, party : str
            Who takes them in.
        intake : Intake, optional
            For the event that names the file and its hash.
        more : dict, optional
            What else that event keeps; it is recorded even where no report is new.
        """
        label = intake.label if intake else "reports"
        self._check_stamp(at_now)
        if party not in REPORTERS:
            raise RegisterError(Finding("error", "register.word", label, f"party {party!r} is not known"))
        taking = take.Taking(at_now, safe.clean(actor, limit=200), party, intake, more or {})
        with self._lock():
            frame = take.new_rows(self._connection, reports, self.types, label)
            if frame.empty and not more:
                return Taken(known=len(reports))
            events, taken = take.take_in(self._connection, frame, len(reports), taking, self.types, self.settings)
            self._append(events, at_now)
            keep_identity(self._connection, frame)
        return taken

    def note(self, events: Sequence[Event], *, recorded_at: str) -> None:
        """Record what follows from files and rules alone, unjudged: corrections, withdrawals, states of lists."""
        self._check_stamp(recorded_at)
        with self._lock():
            self._append(events, recorded_at)

    def act(self, events: Sequence[Event], *, recorded_at: str) -> None:
        """Record actions upon hazards, photos of them, and what became of requests; all of them or none.

        Raises
        ------
        RegisterError
            Names every action that is not allowed, with what is allowed now and by whom.
        """
        self._check_stamp(recorded_at)
        with self._lock():
            act.act(
                self._connection,
                events,
                recorded_at,
                act.Office(self._kinds, self.types, self.settings, self.path.name),
            )
            changed(self._connection, short(recorded_at))

    def merge(self, into: str, absorbed: str, *, at: str, actor: str, party: str) -> None:
        """Make one hazard of two: ``absorbed`` is shown as part of ``into`` until unmerged."""
        event = Event("merge", into, at, actor, party, canonical({"into": into, "from": absorbed}))
        self.act([event], recorded_at=at)

    def unmerge(self, absorbed: str, *, at: str, actor: str, party: str) -> None:
        """Give an absorbed hazard back as it was, with all that had been merged into it before."""
        self.act([Event("unmerge", absorbed, at, actor, party)], recorded_at=at)

    def split(self, name: str, reports: Sequence[str], *, at: str, actor: str, party: str) -> str:
        """Take wrongly joined reports out of a hazard into a new one; return its id."""
        event = Event("split", name, at, actor, party, canonical({"reports": list(reports)}))
        self.act([event], recorded_at=at)
        return self.find(reports[0])

    def part(self, name: str, reports: Sequence[str], *, at: str) -> str:
        """Take reports out of a hazard by the rules alone, unjudged; return the hazard they are now.

        Later ones may join them again, unlike what a person parted.
        """
        self._check_stamp(at)
        with self._lock():
            new = act.free_id(self._connection, reports)
            body = canonical({"reports": sorted(reports), "into": new})
            self._append([Event("split", name, at, lookup.MACHINE, "enterprise", body)], at)
        return new

    def escalate(self, now: datetime) -> list[str]:
        """Record every hazard that belongs to a higher level now than it was raised to; return their ids.

        Doing it again changes nothing.
        """
        at = last_moment(now, self.timezone)
        with self._lock():
            hazards, extra = views.hazards(self._connection), views.due_rows(self._connection)
            level = due(hazards, extra, self._kinds, self.settings, pd.Timestamp(moment(at)))
            events = risen(hazards, level, at)
            if events:
                self._append(events, at)
        return [event.subject for event in events]

    def identities(self) -> pd.DataFrame:
        """Return ``report_id, person_name, person_contact`` of the reports whose makers are known."""
        with store.told(self.path):
            return identities(self._connection)

    def erase_person(self, name: str, *, at: str, actor: str, party: str) -> None:
        """Erase who made a report: from the file's bytes, not from its copies; the report stays."""
        self._check_stamp(at)
        with self._lock():
            report = lookup.find_report(self._connection, name, self.path.name)
            if erase(self._connection, report):
                self._append([Event("erase", report, at, safe.clean(actor, limit=200), party)], at)
        with store.told(self.path):
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            what = "the person is erased, but the write-ahead log still holds old pages while others read"
            raise store.fault(self.path, "busy", what, "close the other programs and erase again")

    def backup(self, out: Path) -> None:
        """Write a whole copy, with names and phones, while others go on working."""
        store.copy(self._connection, self.path, out)

    def rebuild(self, check: bool = True) -> list[Finding]:
        """Make the derived tables anew from the events and compare; return what differs and broken links.

        Parameters
        ----------
        check : bool
            Only compare. Otherwise the tables are replaced by what the events give, unless the chain is broken.
        """
        with self._lock():
            found = replay.check(self._connection, self.path.name)
            if not check and found:
                broken = [one for one in found if one.code in {"register.chain", "register.replay"}]
                if broken:
                    raise RegisterError(broken)
                replay.mend(self._connection)
        return found

    # Inside

    def _append(self, events: Iterable[Event | Batch], recorded_at: str) -> None:
        apply(self._connection, append(self._connection, events, recorded_at))
        changed(self._connection, short(recorded_at))

    def _lock(self) -> AbstractContextManager[None]:
        return nullcontext() if self._connection.in_transaction else store.transaction(self._connection, self.path)

    def _check_stamp(self, at: str) -> None:
        if not is_stamp(at):
            mend = "write it as 2024-08-16T01:02:03.000000Z"
            raise RegisterError(Finding("error", "register.time", self.path.name, f"{at!r} is no time", mend))

    @contextmanager
    def _at(self, on: date | datetime | None) -> Iterator[sqlite3.Connection]:
        """Give the tables as they are, or as they were; the last day asked about is kept."""
        with store.told(self.path):
            until = LATEST if on is None else last_moment(on, self.timezone)
            latest = self._connection.execute("SELECT max(at) FROM events").fetchone()[0] if on is not None else ""
            if (latest or "") <= until:
                yield self._connection
                return
            yield self._past.at(self._connection, until)
