package io.kvorum.node.core.kv;

/// The memory that the answer to a read may take, asked for while it is read: so a range far larger
/// than the memory there is comes to a refusal instead of taking all of it.
@FunctionalInterface
public interface AnswerRoom {

  /// For who knows that the answer is small.
  AnswerRoom ENDLESS = _ -> true;

  /// What a key with its value takes beside their bytes, in all the forms it has on its way.
  int OVERHEAD_BYTES = 256;

  /// Takes so many bytes more; false if there is no room for them.
  boolean maybeTake(long bytes);

  /// Takes what a key with its value needs.
  default boolean maybeTake(KeyValue kv) {
    return maybeTake((long) OVERHEAD_BYTES + kv.key().length() + kv.value().length());
  }
}
