"""Rows under headings, as the choosers and the side lists show them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, Qt

from switchyard.ui.widgets.headed_rows import ROW_ROLE, HeadedRows


@dataclass(frozen=True)
class Station:
    name: str
    spoken: str


def test_rows_can_be_chosen_and_headings_cannot(qapp: QObject) -> None:
    first, second = Station("Bonn", "Bonn, main station"), Station("Köln", "Köln, main station")
    model = HeadedRows(Station, lambda station: station.name, qapp)
    model.set_rows(["Rhine", first, second])
    assert (model.rowCount(), model.rowCount(model.index(0)), model.rows) == (3, 0, [first, second])
    heading, row = model.index(0), model.index(1)
    assert (model.row(heading), model.row(row), model.row(QModelIndex())) == (None, first, None)
    assert model.flags(heading) == Qt.ItemFlag.NoItemFlags
    assert model.flags(row) & Qt.ItemFlag.ItemIsSelectable
    assert [model.data(index) for index in (heading, row)] == ["Rhine", "Bonn"]
    assert model.data(row, ROW_ROLE) is first
    spoken = Qt.ItemDataRole.AccessibleTextRole
    assert (model.data(row, spoken), model.data(heading, spoken)) == ("Bonn, main station", None)
