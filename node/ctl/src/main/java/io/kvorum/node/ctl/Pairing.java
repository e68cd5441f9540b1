package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.io.IOException;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// Two stores read side by side: each key once, with what either of them holds under it.
final class Pairing {

  private static final Comparator<ByteString> ORDER =
      ByteString.unsignedLexicographicalComparator();

  /// What stands under one key.
  sealed interface Pair {
    record SourceOnly(KeyValue source) implements Pair {}

    record TargetOnly(KeyValue target) implements Pair {}

    record Both(KeyValue source, KeyValue target) implements Pair {}
  }

  private final Pages source;
  private final Pages target;

  Pairing(Pages source, Pages target) {
    this.source = source;
    this.target = target;
  }

  /// The next key's pair; null when both are read.
  @Nullable Pair next() throws Failure, IOException {
    KeyValue left = source.peek();
    KeyValue right = target.peek();
    if (left == null && right == null) {
      return null;
    }
    int order =
        left == null ? 1 : right == null ? -1 : ORDER.compare(left.getKey(), right.getKey());
    KeyValue taken = order > 0 ? right : left;
    if (taken == null) {
      throw new IllegalStateException("a pair without a side");
    }
    if (order <= 0) {
      var _ = source.next();
    }
    if (order >= 0) {
      var _ = target.next();
    }
    if (order == 0 && right != null) {
      return new Pair.Both(taken, right);
    }
    return order < 0 ? new Pair.SourceOnly(taken) : new Pair.TargetOnly(taken);
  }
}
