package io.kvorum.suite.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Decides whether leases ended as they may: once, with all their keys at one revision, and not
/// before their time unless they were revoked.
final class LeaseJudge {

  private final Map<Long, LeaseLife> lives = new HashMap<>();
  private final Chronicle chronicle;
  private final Evidence evidence;
  private final Map<Long, Long> ended = new HashMap<>();
  private final List<String> violations = new ArrayList<>();

  LeaseJudge(List<LeaseLife> lives, Chronicle chronicle, Evidence evidence) {
    lives.forEach(life -> this.lives.put(life.id(), life));
    this.chronicle = chronicle;
    this.evidence = evidence;
  }

  List<String> violations() {
    return violations;
  }

  /// Whether these deletions are the end of a lease.
  boolean explains(long revision, List<Change> changes) {
    Change content = chronicle.at(changes.getFirst().key(), revision - 1);
    LeaseLife life = content == null ? null : lives.get(content.lease());
    if (life == null) {
      return false;
    }
    Set<String> gone = new HashSet<>();
    changes.forEach(change -> gone.add(change.key()));
    Set<String> attached = attached(life.id(), revision - 1);
    if (!gone.equals(attached)) {
      violations.add(
          "lease %d had %s, but its end at revision %d deleted %s"
              .formatted(life.id(), attached, revision, gone));
    }
    @Nullable Long before = ended.put(life.id(), revision);
    if (before != null) {
      violations.add(
          "lease %d ended twice, at revisions %d and %d".formatted(life.id(), before, revision));
    }
    checkTime(life, revision);
    return true;
  }

  private Set<String> attached(long lease, long revision) {
    var keys = new HashSet<String>();
    chronicle.commits().headMap(revision, true).values().stream()
        .flatMap(List::stream)
        .filter(change -> change.lease() == lease)
        .map(Change::key)
        .filter(key -> leaseOf(key, revision) == lease)
        .forEach(keys::add);
    return keys;
  }

  private long leaseOf(String key, long revision) {
    Change content = chronicle.at(key, revision);
    return content == null ? 0 : content.lease();
  }

  /// A renewal was granted behind the moment the client asked for it, and lasts from then; who has
  /// heard of the end has heard of it later than it came.
  private void checkTime(LeaseLife life, long revision) {
    long heard = evidence.earliest(revision);
    if (life.revoked() < heard) {
      return;
    }
    for (LeaseLife.Renewal renewal : life.renewals()) {
      long least = renewal.invoked() + TimeUnit.SECONDS.toNanos(renewal.seconds());
      if (heard < least) {
        violations.add(
            "lease %d ended at revision %d, which was heard of %d ms before its time: %s"
                .formatted(
                    life.id(), revision, TimeUnit.NANOSECONDS.toMillis(least - heard), renewal));
      }
    }
  }
}
