package io.kvorum.node.core.raft;

import io.kvorum.testkit.Golden;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Whole clusters driven by a script, one input at a time.
///
/// Members are named by their numbers; `*` means all. Election timeouts are not random: member n
/// takes 9 + n ticks. After each command members hand their Readies to the log stage and the wire,
/// and then wait; `stabilize` delivers until nothing moves.
///
/// - `found 1 2 3 [learners 4] [setting=value]`: members that begin together after position 1/1.
/// - `join 4`: a member that begins with nothing.
/// - `campaign n`, `tick n [count]`, `propose n word…`, `fill n count bytes`, `read n context`,
///   `transfer n target`, `change n add-voter|add-learner|promote|remove|update m`, `unreachable n
///   peer`, `snapshot-report n peer ok|failed`: inputs.
/// - `deliver [n->m]`, `lose [n->m]`: the messages under way now, all or those of one link.
/// - `stabilize`: delivers all until nothing moves. `run count`: so many ticks of all members, each
///   followed by that. `cut n`, `cut n->m`, `heal`: links that lose everything.
/// - `hold-sync n`, `sync n [ready]`, `release-sync n`: the log stage; else it syncs at once.
/// - `hold-apply n`, `apply n`: the apply stage, likewise.
/// - `compact n index`, `crash n`, `start n`, `stop n`.
/// - `status n`, `log n`: what stands. `quiet`, `loud`: whether commands show what they cause.
final class Interaction implements Golden.Interpreter {
  private record Sent(MemberId from, MemberId to, Message message) {
    boolean isOn(String link) {
      return link.equals(from + "->" + to);
    }
  }

  private final Map<MemberId, ScriptedMember> members = new TreeMap<>();
  private final List<String> cuts = new ArrayList<>();
  private final StringBuilder output = new StringBuilder();
  private List<Sent> wire = new ArrayList<>();
  private boolean quiet;

  @Override
  public String run(Golden.Case command) {
    output.setLength(0);
    perform(command.name(), command.args());
    if (!command.name().equals("status") && !command.name().equals("log")) {
      settle();
    }
    boolean shown = !quiet || command.name().equals("status") || command.name().equals("log");
    String text = shown ? output.toString() : "";
    return text.isEmpty() ? "ok" : text;
  }

  private void perform(String name, List<String> args) {
    switch (name) {
      case "found" -> found(args);
      case "join" -> add(id(args, 0), Membership.EMPTY, LogPosition.ZERO, List.of());
      case "deliver" -> deliver(args.isEmpty() ? "" : args.getFirst(), true);
      case "lose" -> deliver(args.isEmpty() ? "" : args.getFirst(), false);
      case "stabilize" -> stabilize();
      case "cut" -> cuts.add(args.getFirst());
      case "heal" -> cuts.clear();
      case "quiet" -> quiet = true;
      case "loud" -> quiet = false;
      case "tick" -> tick(args);
      case "run" -> run(Integer.parseInt(args.getFirst()));
      default -> selected(args).forEach(member -> member.perform(name, args));
    }
  }

  private void found(List<String> args) {
    List<MemberId> voters = new ArrayList<>();
    List<MemberId> learners = new ArrayList<>();
    List<MemberId> target = voters;
    List<String> settings = new ArrayList<>();
    for (String arg : args) {
      if (arg.equals("learners")) {
        target = learners;
      } else if (arg.contains("=")) {
        settings.add(arg);
      } else {
        target.add(MemberId.parse(arg));
      }
    }
    Membership membership = Membership.of(voters, learners);
    Stream.concat(voters.stream(), learners.stream())
        .forEach(id -> add(id, membership, new LogPosition(1, 1), settings));
  }

  private void add(MemberId id, Membership membership, LogPosition base, List<String> settings) {
    members.put(id, new ScriptedMember(id, membership, base, settings, this));
  }

  private void tick(List<String> args) {
    int count = args.size() > 1 ? Integer.parseInt(args.get(1)) : 1;
    for (int i = 0; i < count; i++) {
      selected(args).forEach(ScriptedMember::tick);
      settle();
    }
  }

  private void run(int ticks) {
    for (int i = 0; i < ticks; i++) {
      tick(List.of("*"));
      stabilize();
    }
  }

  private List<ScriptedMember> selected(List<String> args) {
    if (args.getFirst().equals("*")) {
      return List.copyOf(members.values());
    }
    ScriptedMember member = members.get(id(args, 0));
    if (member == null) {
      throw new IllegalArgumentException("no member " + args.getFirst());
    }
    return List.of(member);
  }

  static MemberId id(List<String> args, int position) {
    return MemberId.parse(args.get(position));
  }

  private void settle() {
    members.values().forEach(ScriptedMember::drain);
  }

  private void stabilize() {
    settle();
    for (int round = 0; !wire.isEmpty(); round++) {
      if (round == 200) {
        throw new IllegalStateException("does not become stable");
      }
      deliver("", true);
      settle();
    }
  }

  private void deliver(String link, boolean arrives) {
    List<Sent> underWay = wire;
    wire = new ArrayList<>();
    for (Sent sent : underWay) {
      if (!link.isEmpty() && !sent.isOn(link)) {
        wire.add(sent);
        continue;
      }
      boolean lost = !arrives || isCut(sent) || !isRunning(sent.to);
      show(sent.from + "->" + sent.to + " " + Transcript.of(sent.message) + (lost ? " LOST" : ""));
      ScriptedMember receiver = members.get(sent.to);
      if (!lost && receiver != null) {
        receiver.step(sent.from, sent.message);
        receiver.drain();
      }
    }
  }

  private boolean isRunning(MemberId id) {
    ScriptedMember member = members.get(id);
    return member != null && member.isRunning();
  }

  private boolean isCut(Sent sent) {
    return cuts.contains(sent.from.toString())
        || cuts.contains(sent.to.toString())
        || cuts.stream().anyMatch(sent::isOn);
  }

  void send(MemberId from, List<Envelope> envelopes) {
    envelopes.forEach(envelope -> wire.add(new Sent(from, envelope.to(), envelope.message())));
  }

  void show(String line) {
    output.append(line).append('\n');
  }

  static List<byte[]> bytes(List<String> words) {
    return words.stream().map(word -> word.getBytes(StandardCharsets.UTF_8)).toList();
  }

  static byte[] filler(int size) {
    byte[] data = new byte[size];
    Arrays.fill(data, (byte) 'x');
    return data;
  }
}
