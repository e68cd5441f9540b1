package io.kvorum.node.server.v2;

import io.kvorum.node.core.kv.V2Event;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/// What became of requests for keys since the member started: changes of the whole cluster, reads
/// of this member.
final class Counts {

  final LongAdder watchers = new LongAdder();

  private final Map<V2Event.Action, LongAdder> done = adders();
  private final Map<V2Event.Action, LongAdder> refused = adders();

  private static Map<V2Event.Action, LongAdder> adders() {
    var adders = new EnumMap<V2Event.Action, LongAdder>(V2Event.Action.class);
    for (V2Event.Action action : V2Event.Action.values()) {
      adders.put(action, new LongAdder());
    }
    return adders;
  }

  void done(V2Event.Action action) {
    of(done, action).increment();
  }

  void refused(V2Event.Action action) {
    of(refused, action).increment();
  }

  private static LongAdder of(Map<V2Event.Action, LongAdder> adders, V2Event.Action action) {
    return Objects.requireNonNull(adders.get(action), "an adder for each action");
  }

  /// The page `/v2/stats/store`.
  String json() {
    var text = new StringBuilder("{");
    pair(text, "gets", V2Event.Action.GET);
    pair(text, "sets", V2Event.Action.SET);
    pair(text, "delete", V2Event.Action.DELETE);
    pair(text, "update", V2Event.Action.UPDATE);
    pair(text, "create", V2Event.Action.CREATE);
    pair(text, "compareAndSwap", V2Event.Action.COMPARE_AND_SWAP);
    pair(text, "compareAndDelete", V2Event.Action.COMPARE_AND_DELETE);
    return text.append("\"expireCount\":")
        .append(of(done, V2Event.Action.EXPIRE).sum())
        .append(",\"watchers\":")
        .append(watchers.sum())
        .append('}')
        .toString();
  }

  private void pair(StringBuilder text, String name, V2Event.Action action) {
    text.append("\"%sSuccess\":%d,".formatted(name, of(done, action).sum()));
    text.append("\"%sFail\":%d,".formatted(name, of(refused, action).sum()));
  }
}
