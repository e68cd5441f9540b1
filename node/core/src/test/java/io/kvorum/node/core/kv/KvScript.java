package io.kvorum.node.core.kv;

import io.kvorum.testkit.Golden;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/// Runs golden scripts against a state machine, as a client and the log would.
///
/// A key may hold `\0` for a zero byte. A range is `a` (one key), `a..c` (without c) or `a..` (all
/// from a on). Options follow as words (`prev`) or pairs (`lease=7`). Requests pass `CommandCheck`
/// and the codec on their way.
///
/// ```
/// put KEY VALUE [lease=N] [prev] [ignore-value] [ignore-lease]
/// del RANGE [prev]
/// get RANGE [limit=N] [rev=N] [sort=asc|desc:key|version|create|mod|value] [keys] [count]
///           [min-mod=N] [max-mod=N] [min-create=N] [max-create=N]
/// txn                      one line each: if TARGET RANGE OP OPERAND, then REQUEST, else REQUEST;
///                          a nested `then txn` is followed by its own lines, indented
/// compact N | remove [N]   remove takes physical steps of N changes until done
/// grant ID TTL | revoke ID | checkpoint ID=TTL... | lease ID | leases
/// alarm get|activate|deactivate MEMBER TYPE
/// events FROM [TO] [keys=RANGE] [prev] [max=N]
/// hash [N] | state
/// user add NAME HASH [no-password] | user delete NAME | user password NAME HASH
/// user grant|revoke NAME ROLE | role add|delete NAME
/// role grant NAME read|write|read-write RANGE | role revoke NAME RANGE
/// auth enable|disable | authenticate NAME DIGEST AUTH-REVISION
/// accounts                 shows users and roles
/// as NAME[@REVISION]       from now on requests are on behalf of the user, at the current or the
///                          given auth revision; `as cluster`, `as nobody`
/// batch                    one request a line, applied as one batch
/// restart | crash          opens the state machine again, after a flush or without one
/// ```
public final class KvScript implements Golden.Interpreter {

  private static final int MAX_TXN_OPERATIONS = 8;

  /// The store under test, and what a crash makes of it.
  public interface Home {
    KvStore open();

    /// Closes the store and gives back what a power loss would have left.
    KvStore crash(KvStore store);
  }

  private final Home home;
  private KvStore store;
  private Kv kv;
  private View view;
  private final PageCounts counts = new PageCounts();
  private String as = "nobody";
  private final List<byte[]> log = new ArrayList<>();

  public KvScript(Home home) {
    this.home = home;
    store = home.open();
    kv = Kv.open(store);
    view = kv.view();
  }

  /// Ends the script's use of the store.
  public void close() {
    view.close();
    store.close();
  }

  @Override
  public String run(Golden.Case command) {
    return switch (command.name()) {
      case "batch" -> batch(command.input().lines().map(KvScript::request).toList());
      case "remove" -> remove(command.args().isEmpty() ? 1_000 : number(command.args().get(0)));
      case "restart" -> restart(false);
      case "crash" -> restart(true);
      case "get" -> show(range((RangeQuery) operation(words(command))));
      case "events" -> show(view.events(eventQuery(command.args())));
      case "hash" -> show(view.hash(command.args().isEmpty() ? 0 : number(command.args().get(0))));
      case "lease" -> "" + view.lease(number(command.args().get(0))) + keysOf(command);
      case "leases" -> view.leases().toString();
      case "records" -> records();
      case "state" -> state();
      case "accounts" -> accounts();
      case "as" -> {
        as = command.args().get(0);
        yield "";
      }
      case "txn" -> txn(command.input());
      default -> batch(List.of(command(words(command))));
    };
  }

  private static List<String> words(Golden.Case command) {
    var words = new ArrayList<String>();
    words.add(command.name());
    words.addAll(command.args());
    return words;
  }

  private static Command request(String line) {
    return command(List.of(line.trim().split("\\s+")));
  }

  private String txn(String input) {
    Command.Txn txn = new TxnText(input).parse(0);
    if (txn.isReadOnly()) {
      AuthRefusal reason = Access.of(view.accounts(), identity()).readOnly(txn);
      if (reason != null) {
        return show(new Outcome.Unauthorized(reason));
      }
      return CommandCheck.refusal(txn, MAX_TXN_OPERATIONS)
          .map(KvScript::show)
          .orElseGet(() -> show(view.txn(txn, counts, AnswerRoom.ENDLESS)));
    }
    return batch(List.of(txn));
  }

  private Identity identity() {
    if (as.equals("nobody")) {
      return Identity.NOBODY;
    }
    if (as.equals("cluster")) {
      return Identity.CLUSTER;
    }
    String[] parts = as.split("@", -1);
    return new Identity(parts[0], parts.length > 1 ? number(parts[1]) : view.accounts().revision());
  }

  private String accounts() {
    Accounts accounts = view.accounts();
    var text = new StringBuilder("enabled " + accounts.enabled());
    text.append(", auth revision ").append(accounts.revision());
    accounts.users().forEach(user -> text.append("\n  ").append(user));
    for (Role role : accounts.roles()) {
      text.append("\n  ").append(role.name());
      for (Permission granted : role.permissions()) {
        text.append("\n    ").append(granted.type()).append(" ").append(text(granted.key()));
        text.append(" to '").append(text(granted.rangeEnd())).append("'");
      }
    }
    return text.toString();
  }

  private Outcome range(RangeQuery query) {
    AuthRefusal reason = Access.of(view.accounts(), identity()).query(query);
    if (reason != null) {
      return new Outcome.Unauthorized(reason);
    }
    return CommandCheck.refusal(query)
        .<Outcome>map(refusal -> refusal)
        .orElseGet(() -> view.range(query, counts));
  }

  private String batch(List<Command> commands) {
    var shown = new ArrayList<String>();
    var entries = new ArrayList<Committed>();
    for (Command command : commands) {
      var refusal = CommandCheck.refusal(command, MAX_TXN_OPERATIONS);
      if (refusal.isPresent()) {
        shown.add(show(refusal.get()));
        continue;
      }
      Command proposed = as.equals("nobody") ? command : new Command.OnBehalf(identity(), command);
      byte[] data = CommandCodec.encode(log.size() + 1, proposed);
      log.add(data);
      entries.add(new Committed.CommandEntry(log.size(), 1, data));
    }
    for (Outcome outcome : apply(entries).outcomes()) {
      shown.add(show(outcome));
    }
    return String.join("\n", shown);
  }

  private Applied apply(List<Committed> entries) {
    Applied applied = kv.apply(entries);
    view.close();
    view = applied.view();
    if (!view.present().counts().agreesWith(view.present())) {
      throw new AssertionError("the counts are not those of the keys");
    }
    return applied;
  }

  private String remove(long maxChanges) {
    var compaction = new Compaction(store);
    int steps = 1;
    while (compaction.step((int) maxChanges)) {
      steps++;
    }
    view.close();
    view = kv.view();
    return "finished " + compaction.finishedRevision() + " in " + steps + " steps";
  }

  private String restart(boolean crash) {
    view.close();
    if (!crash) {
      store.flush();
    }
    store = home.crash(store);
    kv = Kv.open(store);
    long recovered = kv.appliedIndex();
    view = kv.view();
    var missing = new ArrayList<Committed>();
    for (long index = recovered + 1; index <= log.size(); index++) {
      missing.add(new Committed.CommandEntry(index, 1, log.get((int) index - 1)));
    }
    apply(missing);
    return "recovered up to " + recovered + ", applied " + missing.size() + " again";
  }

  private String keysOf(Golden.Case command) {
    var attached =
        (Outcome.Attached) view.attached(number(command.args().get(0)), AnswerRoom.ENDLESS);
    return " keys " + attached.keys();
  }

  private String records() {
    var lines = new ArrayList<String>();
    for (NamedRecord record : view.records(Bytes.EMPTY)) {
      boolean isAttributes = record.name().toString().startsWith(Records.ATTRIBUTES.toString());
      lines.add(
          record.name()
              + " = "
              + (isAttributes ? CommandCodec.decodeAttributes(record.value()) : record.value()));
    }
    return String.join("\n", lines);
  }

  private String state() {
    return "revision %d, compact revision %d, applied %d, persisted %d, keys %d, in use %d, level %d"
        .formatted(
            view.revision(),
            view.compactRevision(),
            view.appliedIndex(),
            kv.persistedIndex(),
            view.keys(),
            view.bytesInUse(),
            view.featureLevel());
  }

  static Command command(List<String> words) {
    var options = new Options(words);
    return switch (words.get(0)) {
      case "put", "del" -> (Command) operation(words);
      case "compact" -> new Command.Compact(number(words.get(1)));
      case "grant" -> new Command.LeaseGrant(number(words.get(1)), number(words.get(2)));
      case "revoke" -> new Command.LeaseRevoke(number(words.get(1)));
      case "checkpoint" ->
          new Command.LeaseCheckpoint(
              options.pairs.entrySet().stream()
                  .map(pair ->
                      new Command.LeaseCheckpoint.Remaining(
                          number(pair.getKey()), number(pair.getValue())))
                  .toList());
      case "alarm" ->
          new Command.AlarmRequest(
              Alarm.Action.valueOf(upper(words.get(1))),
              number(words.get(2)),
              Alarm.Type.valueOf(upper(words.get(3))));
      case "attributes" ->
          new Command.MemberAttributes(
              number(words.get(1)), words.get(2), words.subList(3, words.size()), "3.6.0", 1);
      case "user" -> userCommand(words);
      case "role" -> roleCommand(words);
      case "auth" ->
          words.get(1).equals("enable") ? new AuthCommand.Enable() : new AuthCommand.Disable();
      case "authenticate" ->
          new AuthCommand.Authenticate(words.get(1), bytes(words.get(2)), number(words.get(3)));
      case "cluster-version" -> new Command.ClusterVersion(words.get(1));
      case "feature-level" -> new Command.FeatureLevel((int) number(words.get(1)));
      case "record" ->
          new Command.ChangeRecords(
              List.of(
                  new RecordChange(
                      bytes(words.get(1)), words.size() > 2 ? bytes(words.get(2)) : null)));
      default -> throw new IllegalArgumentException("no such command: " + words);
    };
  }

  private static Command userCommand(List<String> words) {
    String name = words.get(2).equals("-") ? "" : words.get(2);
    return switch (words.get(1)) {
      case "add" -> new AuthCommand.UserAdd(name, words.get(3), words.contains("no-password"));
      case "delete" -> new AuthCommand.UserDelete(name);
      case "password" -> new AuthCommand.ChangePassword(name, words.get(3));
      case "grant" -> new AuthCommand.GrantRole(name, words.get(3));
      case "revoke" -> new AuthCommand.RevokeRole(name, words.get(3));
      default -> throw new IllegalArgumentException("no such command: " + words);
    };
  }

  private static Command roleCommand(List<String> words) {
    String name = words.get(2).equals("-") ? "" : words.get(2);
    return switch (words.get(1)) {
      case "add" -> new AuthCommand.RoleAdd(name);
      case "delete" -> new AuthCommand.RoleDelete(name);
      case "grant" -> {
        RangeText range = RangeText.of(words.get(4));
        Permission.Type type = Permission.Type.valueOf(upper(words.get(3)));
        yield new AuthCommand.GrantPermission(name, new Permission(type, range.key(), range.end()));
      }
      case "revoke" -> {
        RangeText range = RangeText.of(words.get(3));
        yield new AuthCommand.RevokePermission(name, range.key(), range.end());
      }
      default -> throw new IllegalArgumentException("no such command: " + words);
    };
  }

  static Operation operation(List<String> words) {
    var options = new Options(words);
    return switch (words.get(0)) {
      case "put" ->
          new Command.Put(
              bytes(words.get(1)),
              words.size() > 2 && !options.isOption(2) ? bytes(words.get(2)) : Bytes.EMPTY,
              options.number("lease"),
              options.has("prev"),
              options.has("ignore-value"),
              options.has("ignore-lease"));
      case "del" -> {
        RangeText range = RangeText.of(words.get(1));
        yield new Command.DeleteRange(range.key(), range.end(), options.has("prev"));
      }
      case "get" -> query(RangeText.of(words.get(1)), options);
      default -> throw new IllegalArgumentException("no such operation: " + words);
    };
  }

  private static RangeQuery query(RangeText range, Options options) {
    String[] sort = options.pairs.getOrDefault("sort", "none:key").split(":", -1);
    return new RangeQuery(
        range.key(),
        range.end(),
        options.number("limit"),
        options.number("rev"),
        switch (sort[0]) {
          case "asc" -> RangeQuery.SortOrder.ASCEND;
          case "desc" -> RangeQuery.SortOrder.DESCEND;
          default -> RangeQuery.SortOrder.NONE;
        },
        RangeQuery.SortTarget.valueOf(upper(sort[1])),
        options.has("keys"),
        options.has("count"),
        new RangeQuery.RevisionFilter(
            options.number("min-mod"),
            options.number("max-mod"),
            options.number("min-create"),
            options.number("max-create")));
  }

  private EventQuery eventQuery(List<String> args) {
    var options = new Options(args);
    long to = args.size() > 1 && args.get(1).matches("\\d+") ? number(args.get(1)) : Long.MAX_VALUE;
    RangeText keys = RangeText.of(options.pairs.getOrDefault("keys", "\\0.."));
    int max = (int) options.number("max");
    return new EventQuery(
        number(args.get(0)),
        to,
        KeyRange.of(keys.key(), keys.end()),
        max == 0 ? EventQuery.Bounds.DEFAULT : new EventQuery.Bounds(max, 1 << 20, 1_000),
        options.has("prev"));
  }

  /// A range as a script writes it, in etcd's notation.
  record RangeText(Bytes key, Bytes end) {
    static RangeText of(String text) {
      int dots = text.indexOf("..");
      if (dots < 0) {
        return new RangeText(bytes(text), Bytes.EMPTY);
      }
      String end = text.substring(dots + 2);
      return new RangeText(
          bytes(text.substring(0, dots)), end.isEmpty() ? bytes("\\0") : bytes(end));
    }
  }

  /// The words and `name=value` pairs of a request.
  private record Options(List<String> words, TreeMap<String, String> pairs) {
    Options(List<String> words) {
      this(words, new TreeMap<>());
      for (String word : words) {
        int at = word.indexOf('=');
        if (at > 0) {
          pairs.put(word.substring(0, at), word.substring(at + 1));
        }
      }
    }

    boolean has(String word) {
      return words.contains(word);
    }

    boolean isOption(int index) {
      return words.get(index).matches("(lease=.*|prev|ignore-.*)");
    }

    long number(String name) {
      return KvScript.number(pairs.getOrDefault(name, "0"));
    }
  }

  /// The lines of a transaction.
  private record TxnText(String input) {

    Command.Txn parse(int indent) {
      return parse(input.lines().toList(), indent);
    }

    private Command.Txn parse(List<String> lines, int indent) {
      var compares = new ArrayList<Compare>();
      var success = new ArrayList<Operation>();
      var failure = new ArrayList<Operation>();
      for (int at = 0; at < lines.size(); at++) {
        if (indentOf(lines.get(at)) != indent) {
          continue;
        }
        List<String> words = List.of(lines.get(at).trim().split("\\s+"));
        List<String> rest = words.subList(1, words.size());
        switch (words.get(0)) {
          case "if" -> compares.add(compare(rest));
          case "then" -> success.add(operation(rest, below(lines, at, indent), indent));
          case "else" -> failure.add(operation(rest, below(lines, at, indent), indent));
          default -> throw new IllegalArgumentException("no such line: " + words);
        }
      }
      return new Command.Txn(compares, success, failure);
    }

    private Operation operation(List<String> words, List<String> below, int indent) {
      return words.get(0).equals("txn") ? parse(below, indent + 2) : KvScript.operation(words);
    }

    private static List<String> below(List<String> lines, int at, int indent) {
      int end = at + 1;
      while (end < lines.size() && indentOf(lines.get(end)) > indent) {
        end++;
      }
      return lines.subList(at + 1, end);
    }

    private static int indentOf(String line) {
      return line.length() - line.stripLeading().length();
    }

    private static Compare compare(List<String> words) {
      var target = Compare.Target.valueOf(upper(words.get(0)));
      RangeText range = RangeText.of(words.get(1));
      Compare.Result result =
          switch (words.get(2)) {
            case "=" -> Compare.Result.EQUAL;
            case "!=" -> Compare.Result.NOT_EQUAL;
            case ">" -> Compare.Result.GREATER;
            case "<" -> Compare.Result.LESS;
            default -> Compare.Result.UNKNOWN;
          };
      boolean isValue = target == Compare.Target.VALUE;
      String operand = words.size() > 3 ? words.get(3) : "";
      return new Compare(
          range.key(),
          range.end(),
          target,
          result,
          isValue || operand.isEmpty() ? 0 : number(operand),
          isValue ? bytes(operand) : Bytes.EMPTY);
    }
  }

  static String show(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Failure failure -> "refused: " + failure;
      case Outcome.Ranged(long revision, RangeResult result) ->
          "revision " + revision + ": " + show(result);
      case Outcome.PutDone(long revision, KeyValue previous) ->
          "revision " + revision + (previous == null ? "" : "\n  previous " + show(previous));
      case Outcome.Deleted(long revision, long count, List<KeyValue> previous) ->
          "revision " + revision + ": deleted " + count + lines(previous, "previous ");
      case Outcome.TxnDone(
              long revision,
              boolean succeeded,
              List<Outcome.OperationSuccess> ops) -> {
        var text = new StringBuilder("revision " + revision + (succeeded ? ": then" : ": else"));
        for (Outcome inner : ops) {
          text.append("\n").append(show(inner).indent(2).stripTrailing());
        }
        yield text.toString();
      }
      case Outcome.EventPage(long revision, List<Event> events, long next, _) -> {
        var text = new StringBuilder("revision " + revision + ", next " + next);
        for (Event event : events) {
          text.append("\n  ").append(event.kind()).append(" ").append(show(event.current()));
          if (event.previous() != null) {
            text.append("; previous ").append(show(event.previous()));
          }
        }
        yield text.toString();
      }
      case Outcome.Hashed(long revision, long upTo, long compacted, int hash) ->
          "revision %d: %08x up to %d from %d".formatted(revision, hash, upTo, compacted);
      case Outcome.Success success -> success.toString();
    };
  }

  private static String show(RangeResult result) {
    return "count " + result.count() + (result.more() ? " more" : "") + lines(result.kvs(), "");
  }

  private static String lines(List<KeyValue> kvs, String title) {
    var text = new StringBuilder();
    for (KeyValue kv : kvs) {
      text.append("\n  ").append(title).append(show(kv));
    }
    return text.toString();
  }

  private static String show(KeyValue kv) {
    return text(kv.key())
        + "="
        + text(kv.value())
        + " create "
        + kv.createRevision()
        + " mod "
        + kv.modRevision()
        + " version "
        + kv.version()
        + (kv.lease() == 0 ? "" : " lease " + kv.lease());
  }

  static Bytes bytes(String text) {
    return Bytes.wrap(text.replace("\\0", "\0").getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String text(Bytes bytes) {
    return new String(bytes.array(), StandardCharsets.ISO_8859_1).replace("\0", "\\0");
  }

  private static String upper(String word) {
    return word.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  private static long number(String text) {
    return Long.parseLong(text);
  }
}
