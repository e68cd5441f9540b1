package io.kvorum.suite.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The judge bites: each kind of wrong history is refused, and a right one is not.
final class JudgeTest {

  private static final List<Change> RECORD =
      List.of(new Change(2, "k", "a"), new Change(3, "k", "b"), new Change(5, "j", "c"));

  private static Operation at(long time, Operation.Request request, Operation.Result result) {
    return new Operation(request, result, time, time + 5);
  }

  private static final Operation PUT_A =
      at(0, new Operation.Put("k", "a"), new Operation.Written(2));
  private static final Operation SET_B =
      at(10, new Operation.CompareAndSet("k", "b", 2), new Operation.Written(3));
  private static final Operation PUT_C =
      at(20, new Operation.Put("j", "c"), new Operation.Unknown("timeout"));

  private static List<String> withRead(Operation.Seen seen, long time) {
    return Judge.violations(
        List.of(PUT_A, SET_B, PUT_C, at(time, new Operation.Read("k"), seen)), RECORD);
  }

  @Test
  void goodHistory_hasNoViolation() {
    var seen = new Operation.Seen(4, Optional.of(new Operation.Value("b", 3)));
    assertThat(withRead(seen, 30)).isEmpty();
  }

  @Test
  void staleRead_isFound() {
    var seen = new Operation.Seen(2, Optional.of(new Operation.Value("a", 2)));
    assertThat(withRead(seen, 12)).isEmpty();
    assertThat(withRead(seen, 30)).singleElement().asString().startsWith("stale");
  }

  @Test
  void wrongRead_isFound() {
    var seen = new Operation.Seen(4, Optional.of(new Operation.Value("a", 2)));
    assertThat(withRead(seen, 30)).singleElement().asString().contains("record says");
  }

  @Test
  void lostWrite_isFound() {
    assertThat(Judge.violations(List.of(PUT_A, SET_B, PUT_C), RECORD.subList(0, 1)))
        .anyMatch(v -> v.startsWith("acknowledged but lost"));
  }

  @Test
  void doubledAndInventedWrites_areFound() {
    List<Change> doubled = List.of(RECORD.get(0), RECORD.get(1), new Change(4, "k", "a"));
    assertThat(Judge.violations(List.of(PUT_A, SET_B), doubled))
        .anyMatch(v -> v.startsWith("written twice"));
    assertThat(Judge.violations(List.of(PUT_A), RECORD.subList(0, 2)))
        .anyMatch(v -> v.startsWith("nobody wrote"));
  }

  @Test
  void brokenCompare_isFound() {
    Operation set = at(10, new Operation.CompareAndSet("k", "b", 0), new Operation.Written(3));
    assertThat(Judge.violations(List.of(PUT_A, set, PUT_C), RECORD))
        .anyMatch(v -> v.startsWith("compare expected"));
    Operation refused = at(10, new Operation.CompareAndSet("k", "b", 2), new Operation.Refused(3));
    assertThat(Judge.violations(List.of(PUT_A, refused, PUT_C), RECORD))
        .anyMatch(v -> v.startsWith("refused but written"));
  }
}
