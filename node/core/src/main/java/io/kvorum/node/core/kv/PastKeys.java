package io.kvorum.node.core.kv;

import io.kvorum.node.core.kv.KvStore.Space;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The keys that existed at an earlier revision: for each key the newest version up to it, whether
/// that is still the live one or has been overwritten since, unless it is a tombstone.
///
/// @param revision the revision that is read, not below the compact revision
/// @param current the revision that `present` shows
record PastKeys(PresentKeys present, long revision, long current) implements Keyspace {

  /// Counting by what has changed since keeps the changed keys in memory; beyond this the count
  /// walks the range instead.
  private static final int MAX_CHANGED_KEYS = 100_000;

  @Override
  public @Nullable Stored get(Bytes key) {
    Stored live = present.get(key);
    if (live != null && live.mod() <= revision) {
      return live;
    }
    byte[] from = Rows.versionAt(key, revision);
    try (KvStore.Cursor versions =
        present.reader().cursor(Space.VERSIONS, from, Rows.versionsAfter(key))) {
      return versions.next() ? version(versions) : null;
    }
  }

  @Override
  public KeyWalk walk(KeyRange range) {
    return new PastWalk(present, range, revision);
  }

  /// Walks either the range or the changes since, whichever is shorter.
  @Override
  public long count(KeyRange range) {
    long now = present.count(range);
    long changes = current - revision;
    if (changes <= now && changes <= MAX_CHANGED_KEYS) {
      TreeSet<Bytes> changed = changedSince(range);
      if (changed != null) {
        return now + difference(changed);
      }
    }
    return KeyWalk.count(this, range);
  }

  private @Nullable TreeSet<Bytes> changedSince(KeyRange range) {
    var changed = new TreeSet<Bytes>();
    byte[] from = Rows.historyKey(revision + 1, 0);
    byte[] to = Rows.historyKey(current + 1, 0);
    try (KvStore.Cursor history = present.reader().cursor(Space.HISTORY, from, to)) {
      while (history.next()) {
        Bytes key = Rows.history(history.key(), history.value()).key();
        if (range.wants(key) && changed.add(key) && changed.size() > MAX_CHANGED_KEYS) {
          return null;
        }
      }
    }
    return changed;
  }

  private long difference(TreeSet<Bytes> changed) {
    long difference = 0;
    for (Bytes key : changed) {
      difference += (get(key) == null ? 0 : 1) - (present.get(key) == null ? 0 : 1);
    }
    return difference;
  }

  /// The version on whose row the cursor stands; null for a tombstone.
  static @Nullable Stored version(KvStore.Cursor versions) {
    byte[] row = versions.value();
    if (Rows.isTombstone(row)) {
      return null;
    }
    byte[] key = versions.key();
    return Rows.version(row, Rows.versionMain(key), Rows.versionSub(key));
  }

  /// Merges the live keys with those that have older versions; both come in key order.
  private static final class PastWalk implements KeyWalk {

    /// Rows to step over one by one before it pays to seek.
    private static final int STEPS_BEFORE_SEEK = 4;

    private final KeyWalk live;
    private final KvStore.Cursor versions;
    private final long revision;

    /// Where each of the two stands; null behind its end.
    private @Nullable Bytes liveKey;

    private @Nullable Bytes versionsKey;
    private @Nullable Bytes key;
    private @Nullable Stored stored;

    PastWalk(PresentKeys present, KeyRange range, long revision) {
      this.revision = revision;
      live = present.walk(range);
      Bytes end = range.end();
      versions =
          present
              .reader()
              .cursor(
                  Space.VERSIONS,
                  Rows.versionsOf(range.start()),
                  end == null ? null : Rows.versionsOf(end));
      liveKey = live.next() ? live.key() : null;
      versionsKey = versions.next() ? Rows.userKey(versions.key()) : null;
    }

    @Override
    public boolean next() {
      while (liveKey != null || versionsKey != null) {
        Bytes next = least(liveKey, versionsKey);
        Stored found = null;
        if (isSame(next, liveKey)) {
          Stored newest = live.stored();
          found = newest.mod() <= revision ? newest : null;
          liveKey = live.next() ? live.key() : null;
        }
        if (isSame(next, versionsKey)) {
          if (found == null) {
            found = newestUpToRevision(next);
          }
          stepBehind(next);
        }
        if (found != null) {
          key = next;
          stored = found;
          return true;
        }
      }
      return false;
    }

    @Override
    public Bytes key() {
      return here(key);
    }

    @Override
    public Stored stored() {
      return here(stored);
    }

    @Override
    public void close() {
      live.close();
      versions.close();
    }

    private @Nullable Stored newestUpToRevision(Bytes wanted) {
      for (int steps = 0; Rows.versionMain(versions.key()) > revision; steps++) {
        boolean more =
            steps < STEPS_BEFORE_SEEK
                ? versions.next()
                : versions.seek(Rows.versionAt(wanted, revision));
        versionsKey = more ? Rows.userKey(versions.key()) : null;
        if (!isSame(wanted, versionsKey)) {
          return null;
        }
      }
      return version(versions);
    }

    private void stepBehind(Bytes done) {
      for (int steps = 0; isSame(done, versionsKey); steps++) {
        boolean more =
            steps < STEPS_BEFORE_SEEK ? versions.next() : versions.seek(Rows.versionsAfter(done));
        versionsKey = more ? Rows.userKey(versions.key()) : null;
      }
    }

    private static boolean isSame(Bytes wanted, @Nullable Bytes place) {
      return place != null && place.equals(wanted);
    }

    private static Bytes least(@Nullable Bytes a, @Nullable Bytes b) {
      if (a == null || b == null) {
        return here(a == null ? b : a);
      }
      return a.compareTo(b) <= 0 ? a : b;
    }

    private static <T> T here(@Nullable T place) {
      if (place == null) {
        throw new IllegalStateException("the walk stands on no key");
      }
      return place;
    }
  }
}
