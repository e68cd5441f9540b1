package io.kvorum.node.core.log;

import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.EntryType;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.testkit.Golden;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The format on disk byte by byte, and what recovery says to what it finds.
class LogGoldenTest {

  @TestFactory
  List<DynamicTest> scripts() {
    return Golden.scripts(Path.of("src/test/resources/golden/log"), () -> new Interpreter()::run);
  }

  /// Works on one log on a simulated disk:
  ///
  /// ```
  /// create [SEGMENT_BYTES]      open [CLUSTER MEMBER]     close      kill      power-loss
  /// append TERM/INDEX[:TEXT]... [hard=TERM,VOTE,COMMIT]   sync       entries
  /// restart TERM/INDEX hard=…   compact INDEX             maintain
  /// files                       dump FILE                 put FILE OFFSET HEX     lose FILE
  /// capacity BYTES              fail-after OPERATIONS
  /// align TERM/INDEX [TERM/INDEX]   (where the state stands, and where it was installed)
  /// ```
  private static final class Interpreter {
    private static final long SALT = 0x73616c7473616c74L;

    private final SimulatedDisk disk = new SimulatedDisk(new SplittableRandom(1));
    private LogOptions options = new LogOptions(2048, 1024, 1, 0);
    private @Nullable Log log;

    String run(Golden.Case command) {
      try {
        return perform(command.name(), command.args());
      } catch (DamagedLogException | RefusedLogException | DiskFailedException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
      }
    }

    private Log log() {
      if (log == null) {
        throw new IllegalStateException("no log is open");
      }
      return log;
    }

    private String perform(String name, List<String> args) {
      switch (name) {
        case "create" -> {
          if (!args.isEmpty()) {
            options = new LogOptions(Integer.parseInt(args.get(0)), 1024, 1, 0);
          }
          var identity = new LogIdentity(0xc1, 0xa1);
          log = Log.create(disk, options, identity, SALT, LogPosition.ZERO, () -> {});
        }
        case "open" -> {
          long cluster = args.isEmpty() ? 0xc1 : Long.parseLong(args.get(0), 16);
          long member = args.isEmpty() ? 0xa1 : Long.parseLong(args.get(1), 16);
          log = Log.open(disk, options, new LogIdentity(cluster, member), () -> {});
          return describe(log.recovered());
        }
        case "append" -> log().append(entries(args), hardState(args));
        case "sync" -> log().sync();
        case "close" -> log().close();
        case "kill" -> disk.kill();
        case "power-loss" -> disk.powerLoss();
        case "restart" -> log().restart(position(args.get(0)), requiredHardState(args));
        case "compact" -> log().compactTo(Long.parseLong(args.get(0)));
        case "maintain" -> {
          return log().maintain() ? "more to do" : "nothing more to do";
        }
        case "entries" -> {
          Log log = log();
          return log.entries(log.firstIndex(), log.lastIndex() + 1, Long.MAX_VALUE).stream()
              .map(e -> e.position() + " " + e.type() + " " + text(e.data()))
              .collect(Collectors.joining("\n"));
        }
        case "align" -> {
          LogPosition installed = args.size() > 1 ? position(args.get(1)) : null;
          HardState state = Alignment.align(log(), disk.path(), position(args.get(0)), installed);
          return "term %d vote %s commit %d, entries from %d to %d"
              .formatted(
                  state.term(),
                  state.vote(),
                  state.commit(),
                  log().firstIndex(),
                  log().lastIndex());
        }
        case "files" -> {
          return disk.names().stream()
              .map(file -> file + " " + disk.content(file).length)
              .collect(Collectors.joining("\n"));
        }
        case "dump" -> {
          return dump(disk.content(args.get(0)));
        }
        case "put" ->
            disk.corrupt(
                args.get(0), Integer.parseInt(args.get(1)), HexFormat.of().parseHex(args.get(2)));
        case "lose" -> disk.lose(args.get(0));
        case "capacity" -> disk.limitCapacity(Long.parseLong(args.get(0)));
        case "fail-after" -> disk.failAfter(Integer.parseInt(args.get(0)));
        default -> throw new IllegalArgumentException("unknown command " + name);
      }
      return "ok";
    }

    private static List<Entry> entries(List<String> args) {
      var entries = new ArrayList<Entry>();
      for (String arg : args) {
        if (!arg.startsWith("hard=")) {
          String[] parts = arg.split(":", 2);
          LogPosition at = position(parts[0]);
          entries.add(
              parts.length == 1
                  ? Entry.empty(at.term(), at.index())
                  : new Entry(
                      at.term(),
                      at.index(),
                      EntryType.COMMAND,
                      parts[1].getBytes(StandardCharsets.UTF_8)));
        }
      }
      return entries;
    }

    private static LogPosition position(String text) {
      String[] parts = text.split("/", 2);
      return new LogPosition(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
    }

    private static @Nullable HardState hardState(List<String> args) {
      String last = args.isEmpty() ? "" : args.getLast();
      if (!last.startsWith("hard=")) {
        return null;
      }
      String[] parts = last.substring("hard=".length()).split(",", 3);
      return new HardState(
          Long.parseLong(parts[0]), MemberId.parse(parts[1]), Long.parseLong(parts[2]));
    }

    private static HardState requiredHardState(List<String> args) {
      HardState state = hardState(args);
      if (state == null) {
        throw new IllegalArgumentException("hard=TERM,VOTE,COMMIT is missing");
      }
      return state;
    }

    private static String describe(Recovered recovered) {
      HardState state = recovered.hardState();
      return "term %d vote %s commit %d, entries behind %s up to %s%s"
          .formatted(
              state.term(),
              state.vote(),
              state.commit(),
              recovered.start(),
              recovered.last(),
              recovered
                  .tornTail()
                  .map(torn -> ", torn tail cut at %s:%d".formatted(torn.path(), torn.offset()))
                  .orElse(""));
    }

    private static String text(byte[] data) {
      return new String(data, StandardCharsets.UTF_8);
    }

    /// Sixteen bytes a line; runs of blank lines are one star.
    private static String dump(byte[] content) {
      var lines = new ArrayList<String>();
      for (int from = 0; from < content.length; from += 16) {
        var hex = new StringBuilder();
        var text = new StringBuilder();
        boolean blank = true;
        for (byte b : Arrays.copyOfRange(content, from, from + 16)) {
          hex.append("%02x ".formatted(b));
          text.append(b >= ' ' && b < 127 ? (char) b : '.');
          blank &= b == 0;
        }
        if (!blank) {
          lines.add("%04d  %s %s".formatted(from, hex, text));
        } else if (lines.isEmpty() || !lines.getLast().equals("*")) {
          lines.add("*");
        }
      }
      return String.join("\n", lines);
    }
  }
}
