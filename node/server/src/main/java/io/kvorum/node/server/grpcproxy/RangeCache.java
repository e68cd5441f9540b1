package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.KeyRange;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.server.watch.IntervalIndex;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Answers of serializable reads, for those who ask the same again.
///
/// No answer is older than a write of the same key that went through this proxy and has been
/// answered: a write removes what it touches before its client hears of it, and an answer that was
/// read before the newest such write is not kept. A write on another way is seen when the answer is
/// too old, or a linearizable read brings a newer one.
final class RangeCache {

  private static final int MAX_ANSWERS = 2_048;
  private static final long MAX_BYTES = 32 << 20;
  private static final int MAX_ANSWER_BYTES = 256 << 10;

  /// How old an answer may get: what a member that lags may be behind, at worst.
  private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final LongSupplier clock;

  /// In the order of their last use.
  private final LinkedHashMap<ByteString, Answer> answers = new LinkedHashMap<>(16, 0.75f, true);

  private final IntervalIndex<Answer> ranges = new IntervalIndex<>();
  private long bytes;

  /// The revision of the newest write that went through this proxy.
  private long newestWrite;

  /// How often everything was forgotten.
  private long generation;

  private record Answer(
      ByteString request, KeyRange range, Frame frame, long revision, long readNanos) {}

  /// @param clock nanoseconds
  RangeCache(LongSupplier clock) {
    this.clock = clock;
  }

  /// What all requests share that may be given the same answer; null when their answer is not kept.
  static @Nullable ByteString key(RangeRequest request) {
    return request.getKey().isEmpty()
        ? null
        : request.toBuilder().setSerializable(true).build().toByteString();
  }

  /// When a member is asked: what is forgotten afterwards is not learned from its answer.
  record Asked(long nanos, long generation) {}

  synchronized Asked asked() {
    return new Asked(clock.getAsLong(), generation);
  }

  /// Whether an answer is not too long.
  static boolean mayBeKept(Frame frame) {
    return frame.length() <= MAX_ANSWER_BYTES;
  }

  synchronized int size() {
    return answers.size();
  }

  /// The answer to a request, if there is one that is not too old.
  synchronized @Nullable Frame find(ByteString key) {
    Answer answer = answers.get(key);
    if (answer == null) {
      return null;
    }
    if (clock.getAsLong() - answer.readNanos() > MAX_AGE_NANOS) {
      remove(answer);
      return null;
    }
    return answer.frame();
  }

  /// Keeps an answer.
  ///
  /// @param revision of the store when it was read
  /// @param asked when the member was asked
  synchronized void keep(ByteString key, Frame frame, long revision, Asked asked) {
    Answer before = answers.get(key);
    if (!mayBeKept(frame)
        || asked.generation() != generation
        || revision < newestWrite
        || (before != null && before.revision() > revision)) {
      return;
    }
    if (before != null) {
      remove(before);
    }
    var answer = new Answer(key, range(key), frame, revision, asked.nanos());
    answers.put(key, answer);
    ranges.add(answer.range(), answer);
    bytes += size(answer);
    trim();
  }

  private static KeyRange range(ByteString key) {
    try {
      RangeRequest request = RangeRequest.parseFrom(key);
      return KeyRange.of(
          Bytes.wrap(request.getKey().toByteArray()),
          Bytes.wrap(request.getRangeEnd().toByteArray()));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a key is a request", e);
    }
  }

  private static long size(Answer answer) {
    return answer.frame().length() + 2L * answer.request().size();
  }

  private void trim() {
    Iterator<Map.Entry<ByteString, Answer>> oldest = answers.entrySet().iterator();
    while ((answers.size() > MAX_ANSWERS || bytes > MAX_BYTES) && oldest.hasNext()) {
      Answer answer = oldest.next().getValue();
      oldest.remove();
      dropped(answer);
    }
  }

  private void remove(Answer answer) {
    answers.remove(answer.request());
    dropped(answer);
  }

  private void dropped(Answer answer) {
    ranges.remove(answer.range(), answer);
    bytes -= size(answer);
  }

  /// A key was written.
  synchronized void written(ByteString key, long revision) {
    newestWrite = Math.max(newestWrite, revision);
    if (answers.isEmpty()) {
      return;
    }
    var touched = new ArrayList<Answer>();
    ranges.forEachOf(Bytes.wrap(key.toByteArray()), touched::add);
    touched.forEach(this::remove);
  }

  /// Something else may be the answer from now on, or nothing, whatever the revision.
  synchronized void forget() {
    generation++;
    List.copyOf(answers.values()).forEach(this::remove);
  }

  /// Nobody knows which keys were written.
  synchronized void written(long revision) {
    newestWrite = Math.max(newestWrite, revision);
    List.copyOf(answers.values()).forEach(this::remove);
  }
}
