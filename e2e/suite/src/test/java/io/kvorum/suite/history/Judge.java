package io.kvorum.suite.history;

import io.kvorum.suite.history.Operation.Guard;
import io.kvorum.suite.history.Operation.Put;
import io.kvorum.suite.history.Operation.Read;
import io.kvorum.suite.history.Operation.Refused;
import io.kvorum.suite.history.Operation.Row;
import io.kvorum.suite.history.Operation.Seen;
import io.kvorum.suite.history.Operation.Unknown;
import io.kvorum.suite.history.Operation.Write;
import io.kvorum.suite.history.Operation.Written;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Decides whether a history is linearizable and durable, given the store's record of changes.
///
/// The store numbers its changes, so the total order that linearizability asks for need not be
/// searched: it is the order of revisions. What remains to be checked is that this order explains
/// every answer (each acknowledged write stands where its answer said, whole and alone; each guard
/// saw what was there before; each read equals the state at its revision), that nothing stands in
/// it that nobody wrote or that was refused or stands there twice, and that it respects real time:
/// what somebody had heard of before an operation began has a smaller or equal revision, and a
/// smaller one than a write. This is exact for transactions over any keys, and linear in the
/// history. It accepts no history that is not linearizable.
///
/// A deletion has no value that would name who did it. One without an answer is matched with what
/// is left of the record, as is the end of a lease.
public final class Judge {

  private static final int SHOWN_VIOLATIONS = 20;

  private final Testimony testimony;
  private final Chronicle chronicle;
  private final Evidence evidence;

  /// Revision → the write that made it.
  private final Map<Long, Operation> claimed = new TreeMap<>();

  /// Deletions without an answer.
  private final List<Operation> doubtful = new ArrayList<>();

  private final List<String> violations = new ArrayList<>();

  private Judge(Testimony testimony, List<Change> record) {
    this.testimony = testimony;
    this.chronicle = new Chronicle(record);
    this.evidence = Evidence.of(testimony);
  }

  /// The violations found, in plain words; empty when the history is good.
  static List<String> violations(Testimony testimony, List<Change> record) {
    var judge = new Judge(testimony, record);
    judge.violations.addAll(judge.chronicle.flaws());
    testimony.operations().forEach(judge::explain);
    judge.explainRest();
    testimony.operations().forEach(judge::respectRealTime);
    judge.violations.addAll(WatchJudge.violations(testimony.watches(), judge.chronicle));
    return judge.violations.stream().limit(SHOWN_VIOLATIONS).toList();
  }

  private void explain(Operation operation) {
    switch (operation.request()) {
      case Read read -> {
        if (operation.result() instanceof Seen seen) {
          explainRead(operation, read, seen);
        }
      }
      case Write write -> explainWrite(operation, write);
    }
  }

  private void explainRead(Operation operation, Read read, Seen seen) {
    long revision = read.atRevision() == 0 ? seen.revision() : read.atRevision();
    List<Row> all = chronicle.state(read.span(), revision);
    List<Row> shown = read.limit() == 0 ? all : all.stream().limit(read.limit()).toList();
    if (!shown.equals(seen.rows()) || all.size() != seen.count()) {
      violated("read " + operation + " but the record says " + all);
    }
  }

  private void explainWrite(Operation operation, Write write) {
    long found = recorded(write);
    switch (operation.result()) {
      case Written written -> {
        if (!write.puts().isEmpty() && found == 0) {
          violated("acknowledged but lost: " + operation);
        } else if (found != 0 && found != written.revision()) {
          violated("acknowledged otherwise than recorded: %s, %d".formatted(operation, found));
        } else {
          explainAcknowledged(operation, write, written);
        }
      }
      case Refused refused -> {
        if (found != 0) {
          violated("refused but written: " + operation + ", " + chronicle.commit(found));
        }
        explainRefusal(operation, write, refused);
      }
      case Unknown _ -> {
        if (found != 0) {
          explainCommit(operation, write, found);
        } else if (write.puts().isEmpty()) {
          doubtful.add(operation);
        }
      }
      case Seen _ -> throw new IllegalArgumentException("a write shows nothing: " + operation);
    }
  }

  /// The revision at which one of the values was written, 0 if none was.
  private long recorded(Write write) {
    return write.puts().stream()
        .mapToLong(put -> chronicle.revisionOf(put.value()))
        .max()
        .orElse(0);
  }

  private void explainAcknowledged(Operation operation, Write write, Written written) {
    if (!write.puts().isEmpty() || written.deleted() > 0) {
      explainCommit(operation, write, written.revision());
      long gone = chronicle.commit(written.revision()).stream().filter(Change::deletes).count();
      if (gone != written.deleted()) {
        violated("deleted %d keys: %s".formatted(gone, operation));
      }
    } else if (!effects(write, written.revision() + 1).isEmpty()
        || !hold(write.guards(), written.revision())) {
      violated("did nothing though there was something to do: " + operation);
    }
  }

  /// The commit is this write's alone, it is all of it, and every guard held before.
  private void explainCommit(Operation operation, Write write, long revision) {
    Operation other = claimed.putIfAbsent(revision, operation);
    if (other != null) {
      violated("two writes at one revision: " + other + " and " + operation);
    }
    Set<Change> actual = new HashSet<>(chronicle.commit(revision));
    Set<Change> expected = effects(write, revision);
    if (!actual.equals(expected)) {
      violated("%s should have done %s but did %s".formatted(operation, expected, actual));
    }
    if (!hold(write.guards(), revision - 1)) {
      violated("written though a guard did not hold: " + operation);
    }
  }

  private Set<Change> effects(Write write, long revision) {
    var effects = new HashSet<Change>();
    for (Put put : write.puts()) {
      effects.add(new Change(revision, put.key(), put.value(), put.lease()));
    }
    for (Span span : write.deletes()) {
      chronicle
          .state(span, revision - 1)
          .forEach(row -> effects.add(new Change(revision, row.key(), null)));
    }
    return effects;
  }

  private boolean hold(List<Guard> guards, long revision) {
    return guards.stream()
        .allMatch(guard -> chronicle.modRevision(guard.key(), revision) == guard.modRevision());
  }

  private void explainRefusal(Operation operation, Write write, Refused refused) {
    if (hold(write.guards(), refused.revision())) {
      violated("refused though the guards hold at its revision: " + operation);
    }
    var shown = new ArrayList<Row>();
    for (Guard guard : write.guards()) {
      shown.addAll(chronicle.state(Span.of(guard.key()), refused.revision()));
    }
    if (!shown.equals(refused.rows())) {
      violated("refused showing what the record does not say: " + operation + ", " + shown);
    }
  }

  /// Finds who did what no answer names: leases that ended, and deletions without an answer.
  private void explainRest() {
    var leases = new LeaseJudge(testimony.leases(), chronicle, evidence);
    var orphans = new ArrayList<Long>();
    chronicle
        .commits()
        .forEach((revision, changes) -> {
          if (claimed.containsKey(revision)) {
            return;
          }
          if (!changes.stream().allMatch(Change::deletes)) {
            violated("nobody wrote " + changes);
          } else if (!leases.explains(revision, changes)) {
            orphans.add(revision);
          }
        });
    violations.addAll(leases.violations());
    var matching = new HashMap<Operation, Long>();
    for (long revision : orphans) {
      if (!match(revision, matching, new HashSet<>())) {
        violated("nobody deleted " + chronicle.commit(revision));
      }
    }
  }

  /// Gives the commit to a deletion that may have made it, moving others where that helps.
  private boolean match(long revision, Map<Operation, Long> matching, Set<Operation> tried) {
    for (Operation operation : doubtful) {
      if (mayHaveMade(operation, revision) && tried.add(operation)) {
        @Nullable Long other = matching.get(operation);
        if (other == null || match(other, matching, tried)) {
          matching.put(operation, revision);
          return true;
        }
      }
    }
    return false;
  }

  private boolean mayHaveMade(Operation operation, long revision) {
    Write write = (Write) operation.request();
    return evidence.highestBefore(operation.invoked()) < revision
        && hold(write.guards(), revision - 1)
        && effects(write, revision).equals(Set.copyOf(chronicle.commit(revision)));
  }

  /// An operation's revision is at least the highest one that was known when it began. A write's is
  /// greater: nobody has heard of it before it was asked for.
  private void respectRealTime(Operation operation) {
    boolean claims = claims(operation);
    long revision = claims ? claimedBy(operation) : Evidence.told(operation.result());
    boolean mayBeStale =
        operation.request() instanceof Read read && (read.serializable() || read.atRevision() > 0);
    if (revision == 0 || mayBeStale) {
      return;
    }
    long highest = evidence.highestBefore(operation.invoked());
    if (revision < highest) {
      violated("stale: revision " + highest + " had been answered before " + operation);
    } else if (claims && revision == highest) {
      violated("revision " + highest + " had been answered before it was asked for: " + operation);
    }
  }

  private boolean claims(Operation operation) {
    return operation.request() instanceof Write && claimedBy(operation) > 0;
  }

  private long claimedBy(Operation operation) {
    Write write = (Write) operation.request();
    long revision =
        operation.result() instanceof Written written ? written.revision() : recorded(write);
    return operation.equals(claimed.get(revision)) ? revision : 0;
  }

  private void violated(String what) {
    violations.add(what);
  }
}
