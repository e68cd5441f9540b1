package io.kvorum.node.sim;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Compare;
import io.kvorum.node.core.kv.KeyValue;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.PageCounts;
import io.kvorum.node.core.kv.RangeQuery;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.EntryType;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Caller;
import io.kvorum.node.core.replica.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Everybody who writes and reads keys, and the history of what they asked and heard.
final class Clients {
  private final Simulation world;
  private final List<Operation> history = new ArrayList<>();
  private final Map<Long, Call> waiting = new TreeMap<>();
  private final long[] lastSeen = new long[Plan.KEYS];
  private long moment;
  private int ended;

  Clients(Simulation world) {
    this.world = world;
  }

  /// An operation on its way through one member.
  static final class Call implements Caller {
    private final Life life;
    private final long id;
    private final Operation operation;

    Call(Life life, long id, Operation operation) {
      this.life = life;
      this.id = id;
      this.operation = operation;
    }
  }

  List<Operation> history() {
    return history;
  }

  /// How many operations have been answered with a result.
  int ended() {
    return ended;
  }

  static Bytes key(int key) {
    return Bytes.utf8("k" + key);
  }

  private static Bytes text(long value) {
    return Bytes.utf8(Long.toString(value));
  }

  Operation put(Life life, int key, long value) {
    return propose(life, key, new Operation.Request.Put(value));
  }

  Operation compareAndSet(Life life, int key, long value) {
    return propose(life, key, new Operation.Request.CompareAndSet(lastSeen[key], value));
  }

  private Operation propose(Life life, int key, Operation.Request request) {
    Operation operation = begin(key, request);
    submit(life, operation);
    return operation;
  }

  private Operation begin(int key, Operation.Request request) {
    var operation = new Operation(key, request, ++moment);
    history.add(operation);
    return operation;
  }

  private void submit(Life life, Operation operation) {
    long id = life.ids.next();
    var call = new Call(life, id, operation);
    waiting.put(id, call);
    world.timeline.add("client", "asks member", life.machine.id, operation);
    life.accept(Request.Proposal.of(id, CommandCodec.encode(id, command(operation)), call));
  }

  private static Command command(Operation operation) {
    Bytes key = key(operation.key);
    return switch (operation.request) {
      case Operation.Request.Put(long value) -> Command.Put.of(key, text(value));
      case Operation.Request.CompareAndSet(long expected, long value) ->
          new Command.Txn(
              List.of(hasValue(key, expected)),
              List.of(Command.Put.of(key, text(value))),
              List.of(RangeQuery.of(key)));
      case Operation.Request.Get _ -> throw Invariant.unreachable("a read is not proposed");
    };
  }

  private static Compare hasValue(Bytes key, long expected) {
    return expected == Operation.NOTHING
        ? new Compare(
            key, Bytes.EMPTY, Compare.Target.VERSION, Compare.Result.EQUAL, 0, Bytes.EMPTY)
        : new Compare(
            key, Bytes.EMPTY, Compare.Target.VALUE, Compare.Result.EQUAL, 0, text(expected));
  }

  Operation get(Life life, int key) {
    Operation operation = begin(key, new Operation.Request.Get());
    long id = life.ids.next();
    var call = new Call(life, id, operation);
    waiting.put(id, call);
    boolean unasked = world.bug == Bug.READS_WITHOUT_ROUND && life.isLeader();
    if (unasked || life.readsAlone()) {
      answered(call, new Answer.ReadReady());
    } else {
      life.accept(new Request.Read(call));
    }
    return operation;
  }

  /// The process that the calls went through is no more: their fate is unknown.
  void lost(Life life) {
    waiting.values().stream()
        .filter(call -> call.life == life)
        .forEach(call -> call.operation.giveUp());
    waiting.values().removeIf(call -> call.life == life);
  }

  /// The planted bug: these entries are in a leader's log, and that is taken for enough.
  void acknowledgeEarly(List<Entry> entries) {
    for (Entry entry : entries) {
      Call call =
          entry.type() == EntryType.COMMAND
              ? waiting.get(CommandCodec.requestId(entry.data()))
              : null;
      if (call != null && call.operation.request instanceof Operation.Request.Put) {
        waiting.remove(call.id);
        end(call.operation, new Operation.Result.Done());
      }
    }
  }

  /// A member has answered.
  void answered(Call call, Answer answer) {
    boolean first = waiting.remove(call.id) != null;
    if (!first) {
      Invariant.check(world.bug != Bug.NONE, "a call is answered once", call.operation);
      return;
    }
    world.timeline.add("client", "hears from member", call.life.machine.id, answer);
    switch (answer) {
      case Answer.Applied(Outcome outcome) -> applied(call.operation, outcome);
      case Answer.ReadReady _ ->
          end(
              call.operation,
              new Operation.Result.Seen(read(call.life.state().view(), call.operation.key)));
      case Answer.TooManyRequests _, Answer.NeverProposed _, Answer.NotLeader _ ->
          end(call.operation, new Operation.Result.Refused());
      case Answer.TimedOut _, Answer.Stopped _ -> unknown(call);
      case Answer.MembersChanged _,
          Answer.LeadershipMoved _,
          Answer.BadTransferee _,
          Answer.TransferTimedOut _,
          Answer.MembershipRefused _ ->
          throw new Invariant.Violation("an answer to another question: " + answer);
    }
  }

  private void unknown(Call call) {
    boolean repeats = world.bug == Bug.REPEATS_COMMANDS_OF_UNKNOWN_FATE;
    if (repeats && !(call.operation.request instanceof Operation.Request.Get)) {
      submit(call.life, call.operation);
    } else {
      call.operation.giveUp();
    }
  }

  private void applied(Operation operation, Outcome outcome) {
    switch (outcome) {
      case Outcome.PutDone(long revision, _) -> done(operation, revision);
      case Outcome.TxnDone(long revision, boolean succeeded, _) when succeeded ->
          done(operation, revision);
      case Outcome.TxnDone(_, _, List<Outcome.OperationSuccess> responses)
          when responses.getFirst() instanceof Outcome.Ranged ranged ->
          end(operation, new Operation.Result.Seen(value(ranged)));
      default ->
          throw new Invariant.Violation("an unexpected outcome: " + outcome + " of " + operation);
    }
  }

  private void done(Operation operation, long revision) {
    world.oracle.acknowledged(revision, key(operation.key), text(written(operation)));
    end(operation, new Operation.Result.Done());
  }

  private static long written(Operation operation) {
    return switch (operation.request) {
      case Operation.Request.Put(long value) -> value;
      case Operation.Request.CompareAndSet(_, long value) -> value;
      case Operation.Request.Get _ -> Operation.NOTHING;
    };
  }

  private void end(Operation operation, Operation.Result result) {
    operation.end(result, ++moment);
    switch (result) {
      case Operation.Result.Done _ -> {
        ended++;
        lastSeen[operation.key] = written(operation);
      }
      case Operation.Result.Seen(long value) -> {
        ended++;
        lastSeen[operation.key] = value;
      }
      case Operation.Result.Refused _, Operation.Result.Unknown _ -> {}
    }
  }

  private static long read(View view, int key) {
    Outcome outcome = view.range(RangeQuery.of(key(key)), new PageCounts());
    if (outcome instanceof Outcome.Ranged ranged) {
      return value(ranged);
    }
    throw new Invariant.Violation("a read of the present failed: " + outcome);
  }

  private static long value(Outcome.Ranged ranged) {
    @Nullable KeyValue first =
        ranged.result().kvs().isEmpty() ? null : ranged.result().kvs().getFirst();
    return first == null ? Operation.NOTHING : Long.parseLong(first.value().toString());
  }

  /// Judges what was heard on each key; returns how many histories were too long to be judged.
  int requireLinearizable() {
    int undecided = 0;
    for (int key = 0; key < Plan.KEYS; key++) {
      int judged = key;
      List<Operation> operations =
          history.stream().filter(operation -> operation.key == judged).toList();
      switch (Linearizability.of(operations)) {
        case EXPLAINED -> {}
        case UNDECIDED -> undecided++;
        case UNEXPLAINED -> throw new Invariant.Violation("linearizability: " + shown(operations));
      }
    }
    return undecided;
  }

  private static String shown(List<Operation> operations) {
    StringBuilder text = new StringBuilder("no order explains\n");
    operations.forEach(operation -> text.append("  ").append(operation).append('\n'));
    return text.toString();
  }
}
