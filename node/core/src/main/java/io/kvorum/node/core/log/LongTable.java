package io.kvorum.node.core.log;

import io.kvorum.node.core.Invariant;
import java.util.Arrays;

/// Rows of numbers, ascending by their first column, appended at the end and dropped at both ends.
final class LongTable {

  private static final int INITIAL_ROWS = 16;

  private final int columns;
  private long[] cells;
  private int first;
  private int end;

  LongTable(int columns) {
    this.columns = columns;
    this.cells = new long[INITIAL_ROWS * columns];
  }

  int size() {
    return end - first;
  }

  boolean isEmpty() {
    return end == first;
  }

  long get(int row, int column) {
    return cells[(first + row) * columns + column];
  }

  void add(long... row) {
    Invariant.check(row.length == columns, "columns", row.length, columns);
    Invariant.check(isEmpty() || get(size() - 1, 0) < row[0], "rows must ascend", row[0], size());
    if ((end + 1) * columns > cells.length) {
      makeRoom();
    }
    System.arraycopy(row, 0, cells, end * columns, columns);
    end++;
  }

  private void makeRoom() {
    int rows = size();
    long[] source = cells;
    if (2 * rows * columns > cells.length) {
      cells = new long[2 * cells.length];
    }
    System.arraycopy(source, first * columns, cells, 0, rows * columns);
    first = 0;
    end = rows;
  }

  /// The last row whose key is at most the given one; -1 if there is none.
  int floor(long key) {
    return ceiling(key + 1) - 1;
  }

  /// The first row whose key is at least the given one; `size()` if there is none.
  int ceiling(long key) {
    int low = 0;
    int high = size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (get(middle, 0) < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// Drops every row whose key is at least the given one.
  void truncate(long key) {
    end = first + ceiling(key);
  }

  /// Drops the rows before the given one.
  void dropBefore(int row) {
    first += Math.max(row, 0);
  }

  void clear() {
    first = 0;
    end = 0;
    if (cells.length > INITIAL_ROWS * columns) {
      cells = Arrays.copyOf(cells, INITIAL_ROWS * columns);
    }
  }
}
