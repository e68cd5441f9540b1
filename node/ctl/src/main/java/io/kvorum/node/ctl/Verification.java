package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Compares all pairs of two stores, each at a revision of its own.
final class Verification {

  /// How many differences are named.
  private static final int NAMED_MAX = 10;

  /// What came out.
  ///
  /// @param digest SHA-256 over all that was compared in the source
  /// @param differences some of the keys that differ, with how
  record Result(long keys, long different, String digest, List<String> differences) {
    Result {
      differences = List.copyOf(differences);
    }

    boolean isEqual() {
      return different == 0;
    }
  }

  private final boolean revisionsToo;
  private final ProgressLines progress;
  private final MessageDigest digest = Sha256.digest();
  private final List<String> named = new ArrayList<>();
  private long keys;
  private long different;

  /// @param revisionsToo whether create and mod revisions and versions must be equal as well
  Verification(boolean revisionsToo, ProgressLines progress) {
    this.revisionsToo = revisionsToo;
    this.progress = progress;
  }

  Result run(Pages source, Pages target) throws Failure, IOException {
    var pairs = new Pairing(source, target);
    for (Pairing.Pair pair = pairs.next(); pair != null; pair = pairs.next()) {
      switch (pair) {
        case Pairing.Pair.SourceOnly(KeyValue from) -> {
          count(from);
          differs(from.getKey(), "missing in the target");
        }
        case Pairing.Pair.TargetOnly(KeyValue to) -> differs(to.getKey(), "not in the source");
        case Pairing.Pair.Both(KeyValue from, KeyValue to) -> {
          count(from);
          compare(from, to);
        }
      }
      progress.maybeSay(() -> "%d keys compared".formatted(keys));
    }
    return new Result(keys, different, HexFormat.of().formatHex(digest.digest()), named);
  }

  private void count(KeyValue pair) {
    keys++;
    for (ByteString bytes : List.of(pair.getKey(), pair.getValue())) {
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.size()).flip());
      digest.update(bytes.asReadOnlyByteBuffer());
    }
    var numbers = ByteBuffer.allocate(4 * Long.BYTES).putLong(pair.getLease());
    if (revisionsToo) {
      numbers
          .putLong(pair.getCreateRevision())
          .putLong(pair.getModRevision())
          .putLong(pair.getVersion());
    }
    digest.update(numbers.flip());
  }

  private void compare(KeyValue from, KeyValue to) {
    if (!from.getValue().equals(to.getValue())) {
      differs(from.getKey(), "another value");
    } else if (from.getLease() != to.getLease()) {
      differs(from.getKey(), "lease %016x is %016x".formatted(from.getLease(), to.getLease()));
    } else if (revisionsToo && !from.equals(to)) {
      differs(
          from.getKey(),
          "created at %d, changed at %d, version %d; in the target %d, %d, %d"
              .formatted(
                  from.getCreateRevision(),
                  from.getModRevision(),
                  from.getVersion(),
                  to.getCreateRevision(),
                  to.getModRevision(),
                  to.getVersion()));
    }
  }

  private void differs(ByteString key, String how) {
    different++;
    if (named.size() < NAMED_MAX) {
      named.add(GoText.quote(key) + ": " + how);
    }
  }
}
