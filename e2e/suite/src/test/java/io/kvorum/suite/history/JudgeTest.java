package io.kvorum.suite.history;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The judge bites: each kind of wrong history is refused, and a right one is not.
final class JudgeTest {

  private static final long SECOND = 1_000_000_000;
  private static final long LATE = 3 * SECOND;
  private static final long LEASE = 77;

  /// Revision 4 is another client's, elsewhere; at 6 a transaction, at 7 a deletion, at 9 the end
  /// of a lease.
  private static final List<Change> RECORD =
      List.of(
          new Change(2, "k", "a"),
          new Change(3, "k", "b"),
          new Change(5, "j", "c"),
          new Change(6, "j", "d"),
          new Change(6, "k", "e"),
          new Change(7, "j", null),
          new Change(8, "l1", "f", LEASE),
          new Change(8, "l2", "g", LEASE),
          new Change(9, "l1", null),
          new Change(9, "l2", null));

  private static Operation at(long time, Operation.Request request, Operation.Result result) {
    return new Operation(request, result, time, time + 5);
  }

  private static final Operation PUT_A = at(0, Write.of(new Put("k", "a")), new Written(2, 0));
  private static final Operation SET_B = at(10, Write.swapping("k", "b", 2), new Written(3, 0));
  private static final Operation PUT_C =
      at(20, Write.of(new Put("j", "c")), new Unknown("timeout"));
  private static final Operation TRANSACT =
      at(
          30,
          new Write(
              List.of(new Guard("k", 3)),
              List.of(new Put("j", "d"), new Put("k", "e")),
              List.of(new Span("x", "z"))),
          new Written(6, 0));
  private static final Operation DELETE =
      at(40, Write.deleting(new Span("a", "k")), new Unknown("timeout"));
  private static final Operation LEASED =
      at(
          50,
          new Write(
              List.of(), List.of(new Put("l1", "f", LEASE), new Put("l2", "g", LEASE)), List.of()),
          new Written(8, 0));
  private static final List<Operation> GOOD =
      List.of(PUT_A, SET_B, PUT_C, TRANSACT, DELETE, LEASED);

  private static final Row E = new Row("k", "e", 6, 0);
  private static final LeaseLife.Renewal GRANT = new LeaseLife.Renewal(45, 2);
  private static final LeaseLife LIFE = new LeaseLife(LEASE, List.of(GRANT), LeaseLife.NEVER);

  private static List<String> judged(List<Operation> operations, List<Change> record) {
    return Judge.violations(new Testimony(operations, List.of(LIFE), List.of()), record);
  }

  /// The good history with one operation more.
  private static List<String> with(Operation operation) {
    return judged(Stream.concat(GOOD.stream(), Stream.of(operation)).toList(), RECORD);
  }

  /// The good history with one operation in the place of another.
  private static List<String> instead(Operation good, Operation other) {
    return judged(GOOD.stream().map(one -> one.equals(good) ? other : one).toList(), RECORD);
  }

  private static List<Change> without(int index) {
    var record = new ArrayList<>(RECORD);
    record.remove(index);
    return record;
  }

  @Test
  void goodHistory_hasNoViolation() {
    assertThat(judged(GOOD, RECORD)).isEmpty();
    assertThat(with(at(LATE, Read.of("k"), new Seen(9, List.of(E), 1)))).isEmpty();
    var all = new Read(Span.below("k"), true, 3, 0);
    assertThat(with(at(LATE, all, new Seen(9, List.of(new Row("k", "b", 3, 0)), 1)))).isEmpty();
    assertThat(with(at(LATE, Write.deleting(Span.of("x")), new Written(9, 0)))).isEmpty();
  }

  @Test
  void staleRead_isFound() {
    var seen = new Seen(2, List.of(new Row("k", "a", 2, 0)), 1);
    assertThat(with(at(12, Read.of("k"), seen))).isEmpty();
    assertThat(with(at(LATE, new Read(Span.of("k"), true, 0, 0), seen))).isEmpty();
    assertThat(with(at(LATE, Read.of("k"), seen))).singleElement().asString().startsWith("stale");
  }

  @Test
  void staleRead_behindWhatAWatcherWasSent_isFound() {
    var seen = new Seen(7, List.of(E), 1);
    var delivery = new Watching.Delivery(52, 8, RECORD.subList(6, 8));
    var watching = new Watching("w", Span.below("l"), 8, List.of(delivery));
    List<Operation> operations =
        List.of(PUT_A, SET_B, PUT_C, TRANSACT, DELETE, at(53, Read.of("k"), seen));
    List<Change> record = RECORD.subList(0, 8);
    assertThat(Judge.violations(new Testimony(operations, List.of(), List.of(watching)), record))
        .anyMatch(violation -> violation.startsWith("stale"));
  }

  @Test
  void wrongRead_isFound() {
    for (List<Row> rows :
        List.of(List.<Row>of(), List.of(new Row("k", "e", 5, 0)), List.of(E, E))) {
      assertThat(with(at(LATE, Read.of("k"), new Seen(9, rows, rows.size()))))
          .singleElement()
          .asString()
          .contains("record says");
    }
    assertThat(with(at(LATE, Read.of("k"), new Seen(9, List.of(E), 2))))
        .singleElement()
        .asString()
        .contains("record says");
  }

  /// Somebody read what was acknowledged to nobody and is gone.
  @Test
  void readOfALostWrite_isFound() {
    var seen = new Seen(5, List.of(new Row("j", "lost", 5, 0)), 1);
    assertThat(with(at(25, Read.of("j"), seen))).singleElement().asString().startsWith("read");
  }

  @Test
  void lostWrite_isFound() {
    assertThat(judged(GOOD, without(1)))
        .anyMatch(violation -> violation.startsWith("acknowledged but lost"));
    assertThat(instead(DELETE, at(40, Write.deleting(Span.of("j")), new Written(7, 1)))).isEmpty();
    assertThat(
            judged(
                GOOD.stream()
                    .map(one ->
                        one.equals(DELETE)
                            ? at(40, Write.deleting(Span.of("j")), new Written(7, 1))
                            : one)
                    .toList(),
                without(5)))
        .anyMatch(violation -> violation.contains("should have done"));
  }

  @Test
  void brokenTransaction_isFound() {
    assertThat(judged(GOOD, without(3))).anyMatch(v -> v.contains("should have done"));
    assertThat(judged(GOOD, without(4))).anyMatch(v -> v.contains("should have done"));
  }

  @Test
  void reorderedWrites_areFound() {
    Operation late = at(100, SET_B.request(), SET_B.result());
    assertThat(instead(SET_B, late)).anyMatch(violation -> violation.startsWith("stale"));
    Operation unknown = at(100, PUT_C.request(), PUT_C.result());
    assertThat(instead(PUT_C, unknown)).anyMatch(violation -> violation.startsWith("stale"));
    Operation early = at(1, LEASED.request(), LEASED.result());
    assertThat(instead(LEASED, early)).anyMatch(violation -> violation.startsWith("stale"));
  }

  @Test
  void doubledAndInventedWrites_areFound() {
    var doubled = new ArrayList<>(RECORD);
    doubled.add(new Change(11, "k", "a"));
    assertThat(judged(GOOD, doubled)).anyMatch(v -> v.startsWith("written twice"));
    assertThat(instead(PUT_C, TRANSACT)).anyMatch(v -> v.startsWith("nobody wrote"));
    assertThat(instead(DELETE, PUT_A)).anyMatch(v -> v.startsWith("nobody deleted"));
    var again = new ArrayList<>(RECORD);
    again.add(new Change(11, "j", "h"));
    again.add(new Change(12, "j", null));
    List<Operation> one =
        Stream.concat(
                GOOD.stream(), Stream.of(at(LATE, Write.of(new Put("j", "h")), new Written(11, 0))))
            .toList();
    assertThat(judged(one, again)).anyMatch(v -> v.startsWith("nobody deleted"));
  }

  @Test
  void brokenGuard_isFound() {
    assertThat(instead(SET_B, at(10, Write.swapping("k", "b", 0), new Written(3, 0))))
        .anyMatch(violation -> violation.startsWith("written though a guard"));
    Row a = new Row("k", "a", 2, 0);
    assertThat(instead(SET_B, at(10, Write.swapping("k", "b", 1), new Refused(2, List.of(a)))))
        .anyMatch(violation -> violation.startsWith("refused but written"));
    assertThat(with(at(12, Write.swapping("k", "n", 2), new Refused(2, List.of(a)))))
        .anyMatch(violation -> violation.startsWith("refused though"));
    assertThat(with(at(12, Write.swapping("k", "n", 1), new Refused(2, List.of(E)))))
        .anyMatch(violation -> violation.startsWith("refused showing"));
  }

  @Test
  void leaseThatEndsEarlyOrInPart_isFound() {
    Operation heard = at(SECOND, Read.of("x"), new Seen(9, List.of(), 0));
    assertThat(with(heard)).singleElement().asString().contains("before its time");
    Operation later = at(LATE, Read.of("x"), new Seen(9, List.of(), 0));
    assertThat(with(later)).isEmpty();
    var revoked = new LeaseLife(LEASE, List.of(GRANT), 55);
    List<Operation> operations = Stream.concat(GOOD.stream(), Stream.of(heard)).toList();
    assertThat(Judge.violations(new Testimony(operations, List.of(revoked), List.of()), RECORD))
        .isEmpty();
    assertThat(judged(GOOD, without(9))).anyMatch(v -> v.contains("but its end"));
  }

  /// What a watcher of all was sent, a batch of the record's changes for each pair of bounds.
  private static List<String> sent(int... bounds) {
    var deliveries = new ArrayList<Watching.Delivery>();
    for (int i = 0; i < bounds.length; i += 2) {
      List<Change> changes = RECORD.subList(bounds[i], bounds[i + 1]);
      deliveries.add(new Watching.Delivery(5 * SECOND, changes.getLast().revision(), changes));
    }
    return sent(deliveries);
  }

  private static List<String> sent(List<Watching.Delivery> deliveries) {
    var watching = new Watching("w", new Span("a", "z"), 1, deliveries);
    return Judge.violations(new Testimony(GOOD, List.of(LIFE), List.of(watching)), RECORD);
  }

  @Test
  void watcher_thatMissesOrDoublesOrSplits_isFound() {
    assertThat(sent(0, 3, 3, 6, 6, 10)).isEmpty();
    assertThat(sent(0, 3, 4, 10)).as("a revision without its first change").isNotEmpty();
    assertThat(sent(0, 2, 3, 10)).as("a gap").isNotEmpty();
    assertThat(sent(0, 3, 2, 10)).as("the same twice").isNotEmpty();
    assertThat(sent(3, 6, 0, 3)).as("out of order").isNotEmpty();
    assertThat(sent(0, 4, 4, 10)).as("half a transaction").isNotEmpty();
  }

  @Test
  void watcher_toldOfProgressAheadOfChanges_isFound() {
    var changes = new Watching.Delivery(5 * SECOND, 9, RECORD.subList(0, 3));
    assertThat(sent(List.of(changes))).isEmpty();
    assertThat(sent(List.of(changes, new Watching.Delivery(5 * SECOND, 5, List.of())))).isEmpty();
    assertThat(sent(List.of(changes, new Watching.Delivery(5 * SECOND, 6, List.of()))))
        .singleElement()
        .asString()
        .contains("told of revision 6");
  }
}
