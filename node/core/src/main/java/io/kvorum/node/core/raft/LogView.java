package io.kvorum.node.core.raft;

import java.util.List;

/// The log store as consensus reads it: entries it no longer holds in memory.
///
/// Only entries that were reported synced are asked for, so what is under way in the log stage need
/// not be visible. At construction of a [Raft] everything the view holds must be durable. The log
/// may be compacted meanwhile, by another thread too: then the answers say so.
public interface LogView {
  /// What [#term] answers for an index whose term is not known.
  long UNKNOWN_TERM = -1;

  /// The lowest index an entry can be read at. After a snapshot: its index plus one.
  long firstIndex();

  /// The highest index written; `firstIndex() - 1` if there is no entry.
  long lastIndex();

  /// The term of the entry at an index; known also for `firstIndex() - 1`, the last position
  /// compacted away (0 for index 0). [#UNKNOWN_TERM] outside.
  long term(long index);

  /// The entries from `from` until before `until`, cut after at most `maxBytes` (as [Entry#size]
  /// counts) but never before one entry; empty if `from` has been compacted away.
  List<Entry> entries(long from, long until, long maxBytes);
}
