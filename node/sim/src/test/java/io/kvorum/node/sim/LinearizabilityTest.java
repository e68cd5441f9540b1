package io.kvorum.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.sim.Linearizability.Verdict;
import io.kvorum.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// Which histories the judge explains and which it does not.
class LinearizabilityTest {
  private static final Operation.Result DONE = new Operation.Result.Done();

  @Test
  void answersInOrder_areExplained() {
    assertThat(Linearizability.of(List.of(put(1, 1, 2), get(0, 3, 4))))
        .isEqualTo(Verdict.UNEXPLAINED);
    assertThat(Linearizability.of(List.of(put(1, 1, 2), get(1, 3, 4))))
        .isEqualTo(Verdict.EXPLAINED);
  }

  @Test
  void overlappingOperations_mayComeInAnyOrder() {
    assertThat(Linearizability.of(List.of(put(1, 1, 4), get(0, 2, 3))))
        .isEqualTo(Verdict.EXPLAINED);
    assertThat(Linearizability.of(List.of(put(1, 1, 6), get(1, 2, 3), get(0, 4, 5))))
        .as("what one has seen, a later one cannot miss")
        .isEqualTo(Verdict.UNEXPLAINED);
  }

  @Test
  void writeOfUnknownFate_mayTakeEffectLateOrNever() {
    Operation unknown = new Operation(0, new Operation.Request.Put(2), 1);
    assertThat(Linearizability.of(List.of(unknown, get(0, 2, 3), get(2, 4, 5))))
        .isEqualTo(Verdict.EXPLAINED);
    assertThat(Linearizability.of(List.of(unknown, get(0, 2, 3), get(0, 4, 5))))
        .isEqualTo(Verdict.EXPLAINED);
    assertThat(Linearizability.of(List.of(unknown, get(2, 2, 3), get(0, 4, 5))))
        .isEqualTo(Verdict.UNEXPLAINED);
  }

  @Test
  void compareAndSet_winsOnce() {
    assertThat(Linearizability.of(List.of(swap(0, 1, DONE, 1, 4), swap(0, 2, DONE, 2, 3))))
        .isEqualTo(Verdict.UNEXPLAINED);
    assertThat(
            Linearizability.of(
                List.of(swap(0, 1, DONE, 1, 4), swap(0, 2, new Operation.Result.Seen(1), 2, 3))))
        .isEqualTo(Verdict.EXPLAINED);
  }

  /// Histories made by a real register are always explained.
  @Test
  void historiesOfARegister_areExplained() {
    Seeds.forEach(
        200,
        random -> {
          assertThat(Linearizability.of(registersHistory(random))).isEqualTo(Verdict.EXPLAINED);
        });
  }

  private static List<Operation> registersHistory(RandomGenerator random) {
    var history = new ArrayList<Operation>();
    long value = Operation.NOTHING;
    for (int i = 1; i <= 40; i++) {
      long effect = i * 10L;
      long invoked = effect - random.nextInt(30);
      long returned = effect + random.nextInt(1, 30);
      boolean writes = random.nextBoolean();
      history.add(writes ? put(i, invoked, returned) : get(value, invoked, returned));
      value = writes ? i : value;
    }
    return history;
  }

  private static Operation put(long value, long invoked, long returned) {
    return ended(new Operation(0, new Operation.Request.Put(value), invoked), DONE, returned);
  }

  private static Operation get(long value, long invoked, long returned) {
    return ended(
        new Operation(0, new Operation.Request.Get(), invoked),
        new Operation.Result.Seen(value),
        returned);
  }

  private static Operation swap(
      long expected, long value, Operation.Result result, long invoked, long returned) {
    return ended(
        new Operation(0, new Operation.Request.CompareAndSet(expected, value), invoked),
        result,
        returned);
  }

  private static Operation ended(Operation operation, Operation.Result result, long moment) {
    operation.end(result, moment);
    return operation;
  }
}
