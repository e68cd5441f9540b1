package io.kvorum.node.core.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Commands over few keys, so that they meet; all of them pass `CommandCheck`.
public final class RandomCommands {

  private static final List<String> KEYS =
      List.of("\0", "a", "a\0", "a\0b", "aa", "ab", "b", "b\0\0", "bb", "c", "d", "da", "\u00ff");
  private static final int MAX_TXN_OPERATIONS = 8;
  private static final int LEASES = 3;

  private final RandomGenerator random;

  public RandomCommands(RandomGenerator random) {
    this.random = random;
  }

  /// A command for a store at the revision.
  public Command next(long revision) {
    while (true) {
      Command command = any(revision);
      if (CommandCheck.refusal(command, MAX_TXN_OPERATIONS).isEmpty()) {
        return command;
      }
    }
  }

  private Command any(long revision) {
    return switch (random.nextInt(20)) {
      case 0, 1, 2 -> delete();
      case 3, 4, 5, 6 -> txn(revision, 2);
      case 7 -> new Command.Compact(random.nextLong(Math.max(0, revision - 20), revision + 2));
      case 8 -> new Command.LeaseGrant(1 + random.nextInt(LEASES), 60);
      case 9 -> new Command.LeaseRevoke(1 + random.nextInt(LEASES));
      default -> put();
    };
  }

  private Command.Put put() {
    boolean ignoreValue = random.nextInt(10) == 0;
    boolean ignoreLease = random.nextInt(10) == 0;
    boolean leased = !ignoreLease && random.nextInt(3) == 0;
    return new Command.Put(
        key(),
        ignoreValue ? Bytes.EMPTY : Bytes.utf8("v" + random.nextInt(1_000)),
        leased ? 1 + random.nextInt(LEASES) : 0,
        random.nextBoolean(),
        ignoreValue,
        ignoreLease);
  }

  private Command.DeleteRange delete() {
    return new Command.DeleteRange(key(), end(), random.nextBoolean());
  }

  private Command.Txn txn(long revision, int depth) {
    List<Compare> compares = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      compares.add(compare(revision));
    }
    return new Command.Txn(compares, branch(revision, depth), branch(revision, depth));
  }

  private List<Operation> branch(long revision, int depth) {
    List<Operation> operations = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      operations.add(
          switch (random.nextInt(depth > 0 ? 7 : 6)) {
            case 0, 1 -> query(revision);
            case 2 -> delete();
            case 6 -> txn(revision, depth - 1);
            default -> put();
          });
    }
    return operations;
  }

  private Compare compare(long revision) {
    Compare.Target[] targets = Compare.Target.values();
    Compare.Result[] results = Compare.Result.values();
    return new Compare(
        key(),
        random.nextInt(3) == 0 ? end() : Bytes.EMPTY,
        targets[random.nextInt(targets.length)],
        results[random.nextInt(results.length)],
        random.nextInt(3) == 0 ? random.nextLong(revision + 1) : random.nextInt(3),
        Bytes.utf8("v" + random.nextInt(1_000)));
  }

  /// Any query whose answer is determined: sorting only where there are no ties.
  RangeQuery query(long revision) {
    RangeQuery query = RangeQuery.of(key(), random.nextInt(4) == 0 ? Bytes.EMPTY : end());
    if (random.nextInt(3) == 0) {
      query = query.withRevision(random.nextLong(Math.max(0, revision - 30), revision + 2));
    }
    if (random.nextBoolean()) {
      query = query.withLimit(random.nextInt(5));
    }
    if (random.nextInt(4) == 0) {
      RangeQuery.SortOrder[] orders = RangeQuery.SortOrder.values();
      query =
          query.withSort(
              orders[random.nextInt(orders.length)],
              random.nextBoolean() ? RangeQuery.SortTarget.KEY : RangeQuery.SortTarget.VALUE);
    }
    if (random.nextInt(6) == 0) {
      query =
          query.withFilter(
              new RangeQuery.RevisionFilter(
                  random.nextLong(revision + 1), 0, 0, random.nextLong(revision + 1)));
    }
    if (random.nextInt(6) == 0) {
      query = query.withKeysOnly();
    }
    return random.nextInt(6) == 0 ? query.withCountOnly() : query;
  }

  private Bytes key() {
    return KvScript.bytes(KEYS.get(random.nextInt(KEYS.size())));
  }

  private Bytes end() {
    return random.nextInt(4) == 0 ? KvScript.bytes("\0") : key();
  }
}
