package io.kvorum.node.core.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.node.core.Invariant;
import io.kvorum.testkit.Golden;
import io.kvorum.testkit.ProjectRoot;
import io.kvorum.testkit.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The bytes of commands stay what they are: logs of every age must be read.
final class CommandCodecTest {

  private static final List<Command> ALL =
      List.of(
          new Command.Put(Bytes.utf8("k"), Bytes.utf8("v"), 7, true, false, false),
          new Command.Put(Bytes.utf8("k"), Bytes.EMPTY, 0, false, true, true),
          new Command.DeleteRange(Bytes.utf8("a"), Bytes.utf8("b"), true),
          new Command.Txn(
              compares(),
              List.of(
                  Command.Put.of(Bytes.utf8("k"), Bytes.utf8("v")),
                  new Command.Txn(List.of(), List.of(), List.of())),
              List.of(
                  new Command.DeleteRange(Bytes.utf8("k"), Bytes.EMPTY, false),
                  RangeQuery.of(Bytes.utf8("a"), Bytes.utf8("b"))
                      .withLimit(5)
                      .withRevision(9)
                      .withSort(RangeQuery.SortOrder.DESCEND, RangeQuery.SortTarget.VALUE)
                      .withKeysOnly()
                      .withCountOnly()
                      .withFilter(new RangeQuery.RevisionFilter(1, 2, 3, 4)))),
          new Command.Compact(300),
          new Command.LeaseGrant(0x1234, 60),
          new Command.LeaseRevoke(0x1234),
          new Command.LeaseCheckpoint(List.of(new Command.LeaseCheckpoint.Remaining(0x1234, 30))),
          new Command.AlarmRequest(Alarm.Action.ACTIVATE, 5, Alarm.Type.NO_SPACE),
          new Command.AlarmRequest(Alarm.Action.DEACTIVATE, 5, Alarm.Type.CORRUPT),
          new Command.MemberAttributes(5, "m1", List.of("http://127.0.0.1:2379"), "3.6.0", 1),
          new Command.ClusterVersion("3.6.0"),
          new Command.FeatureLevel(1),
          new Command.ChangeRecords(
              List.of(
                  new RecordChange(Bytes.utf8("a"), Bytes.utf8("1")),
                  new RecordChange(Bytes.utf8("b"), null))),
          new Command.OnBehalf(new Identity("u", 3), new Command.Compact(300)),
          new AuthCommand.Enable(),
          new AuthCommand.Disable(),
          new AuthCommand.Authenticate("u", Bytes.utf8("digest"), 3),
          new AuthCommand.UserAdd("u", "$2a$", true),
          new AuthCommand.UserDelete("u"),
          new AuthCommand.ChangePassword("u", "$2a$"),
          new AuthCommand.GrantRole("u", "r"),
          new AuthCommand.RevokeRole("u", "r"),
          new AuthCommand.RoleAdd("r"),
          new AuthCommand.RoleDelete("r"),
          new AuthCommand.GrantPermission(
              "r", new Permission(Permission.Type.READ_WRITE, Bytes.utf8("a"), Bytes.utf8("b"))),
          new AuthCommand.RevokePermission("r", Bytes.utf8("a"), Bytes.utf8("b")),
          new V2Command.Set("/a", false, "v", new V2Command.Lifetime(9, true), 3),
          new V2Command.Create("/a", true, "", true, V2Command.Lifetime.ENDLESS, 3),
          new V2Command.Update("/a", "v", V2Command.Lifetime.ENDLESS, 3),
          new V2Command.CompareAndSwap(
              "/a", new V2Command.Expected("w", 7), "v", V2Command.Lifetime.ENDLESS, 3),
          new V2Command.Delete("/a", true, false, 3),
          new V2Command.CompareAndDelete("/a", new V2Command.Expected("", 7), 3),
          new V2Command.Expire(3));

  /// Each target once, and each result.
  private static List<Compare> compares() {
    Compare.Target[] targets = Compare.Target.values();
    Compare.Result[] results = Compare.Result.values();
    List<Compare> compares = new ArrayList<>();
    for (int i = 0; i < targets.length; i++) {
      Compare.Result result = results[i % results.length];
      compares.add(
          new Compare(Bytes.utf8("k"), Bytes.EMPTY, targets[i], result, 3, Bytes.utf8("v")));
    }
    return compares;
  }

  @Test
  void bytes_areAsWrittenDown() {
    var text = new StringBuilder();
    for (Command command : ALL) {
      byte[] bytes = CommandCodec.encode(0x0102030405060708L, command);
      text.append(command).append("\n  ").append(HexFormat.of().formatHex(bytes)).append("\n");
      assertThat(CommandCodec.formatVersion(bytes)).isEqualTo(format(command));
      assertThat(CommandCodec.requestId(bytes)).isEqualTo(0x0102030405060708L);
      assertThat(CommandCodec.decode(bytes)).isEqualTo(command);
    }
    Golden.file(
        ProjectRoot.find().resolve("node/core/src/test/resources/kv-bytes/commands.txt"),
        text.toString());
  }

  private static int format(Command command) {
    return switch (command) {
      case V2Command _ -> 3;
      case AuthCommand _, Command.OnBehalf _ -> 2;
      default -> 1;
    };
  }

  @Test
  void kind_isReadWithoutTheRest() {
    var kinds = new ArrayList<CommandCodec.Kind>();
    for (Command command : ALL) {
      byte[] bytes = CommandCodec.encode(1, command);
      kinds.add(CommandCodec.kind(Arrays.copyOf(bytes, 10)));
    }
    assertThat(kinds).contains(CommandCodec.Kind.values());
  }

  @Test
  void attributes_areReadBack() {
    var attributes =
        new Command.MemberAttributes(-1, "\u00e9", List.of("http://a", "http://b"), "3.6.1", 2);
    assertThat(CommandCodec.decodeAttributes(CommandCodec.encodeAttributes(attributes)))
        .isEqualTo(attributes);
  }

  @Test
  void damagedBytes_areAnInvariantOrAnotherCommand_neverAnythingElse() {
    Seeds.forEach(
        2_000,
        random -> {
          byte[] bytes = CommandCodec.encode(1, ALL.get(random.nextInt(ALL.size())));
          for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
          }
          byte[] cut = Arrays.copyOf(bytes, 10 + random.nextInt(bytes.length - 9));
          try {
            CommandCodec.decode(cut);
          } catch (Invariant.Violation expected) {
            assertThat(expected).hasMessageMatching(".+");
          }
        });
  }

  @Test
  void leftOverBytes_areAnInvariant() {
    byte[] bytes = CommandCodec.encode(1, new Command.Compact(5));
    assertThatThrownBy(() -> CommandCodec.decode(Arrays.copyOf(bytes, bytes.length + 1)))
        .isInstanceOf(Invariant.Violation.class);
  }
}
