package io.kvorum.node.sim;

import java.util.List;
import java.util.SplittableRandom;

/// The simulator as a program: soaks over fresh seeds, and replays of one.
public final class Main {
  private static final int VIOLATED = 3;
  private static final int WRONG_FLAG = 2;
  private static final long DEFAULT_SEEDS = 1_000;

  private long seeds = -1;
  private long seconds = -1;
  private long from = -1;
  private long only = -1;
  private Bug bug = Bug.NONE;

  private Main() {}

  public static void main(String[] args) {
    int code = new Main().run(List.of(args));
    System.out.flush();
    System.exit(code);
  }

  private int run(List<String> args) {
    if (args.contains("--help") || args.contains("-h")) {
      System.out.print(usage());
      return 0;
    }
    try {
      read(args);
    } catch (IllegalArgumentException wrong) {
      System.err.println("kvorum sim: " + wrong.getMessage() + "; --help tells the flags");
      return WRONG_FLAG;
    }
    return soak() ? 0 : VIOLATED;
  }

  private static String usage() {
    List<String> bugs =
        List.of(Bug.values()).stream().filter(bug -> bug != Bug.NONE).map(Bug::name).toList();
    return """
    Usage: ./kvorum sim [--seeds N] [--seconds S] [--from SEED] [--seed SEED] [--bug NAME]

    Simulates whole clusters, each from a seed, under faults: lost and reordered messages, partitions,
    power losses, failing disks, pauses, membership changes. Checks safety at every step, liveness when
    the faults end, and that the clients' histories are linearizable. Ends with 0 if nothing was
    violated, with 3 if something was, with 2 for a wrong flag.

      --seeds N       runs N seeds (no limit with --seconds, else %d)
      --seconds S     stops after S seconds
      --from SEED     the first seed (default: a random one)
      --seed SEED     runs this one only; a violation is shrunk and told with its timeline
      --bug NAME      plants a mistake, to see it found:
                      %s
    """
        .formatted(DEFAULT_SEEDS, String.join("\n                  ", bugs));
  }

  private void read(List<String> args) {
    for (int i = 0; i < args.size(); i += 2) {
      String flag = args.get(i);
      if (!List.of("--seeds", "--seconds", "--from", "--seed", "--bug").contains(flag)) {
        throw new IllegalArgumentException("unknown flag " + flag);
      }
      if (i + 1 == args.size()) {
        throw new IllegalArgumentException(flag + " needs a value");
      }
      set(flag, args.get(i + 1));
    }
  }

  private void set(String flag, String value) {
    switch (flag) {
      case "--seeds" -> seeds = number(flag, value);
      case "--seconds" -> seconds = number(flag, value);
      case "--from" -> from = number(flag, value);
      case "--seed" -> only = number(flag, value);
      default -> bug = bug(value);
    }
  }

  private static long number(String flag, String value) {
    if (!value.matches("\\d{1,18}")) {
      throw new IllegalArgumentException(
          "%s wants a whole number from 0 on, not \"%s\"".formatted(flag, value));
    }
    return Long.parseLong(value);
  }

  private static Bug bug(String value) {
    for (Bug known : Bug.values()) {
      if (known.name().equals(value)) {
        return known;
      }
    }
    throw new IllegalArgumentException("--bug knows no \"%s\"".formatted(value));
  }

  private boolean soak() {
    var soak = new Soak(bug, System::nanoTime, System.out);
    if (only >= 0) {
      return soak.run(only, new Soak.Limits(1, Long.MAX_VALUE));
    }
    long first = from >= 0 ? from : new SplittableRandom().nextLong(1L << 40);
    System.out.println("from seed " + first);
    long most = seeds >= 0 ? seeds : seconds >= 0 ? Long.MAX_VALUE : DEFAULT_SEEDS;
    return soak.run(first, new Soak.Limits(most, seconds >= 0 ? seconds : Long.MAX_VALUE));
  }
}
