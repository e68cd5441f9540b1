package io.kvorum.node.core.replica;

/// The way back to callers.
public interface Answers {
  void answer(Caller caller, Answer answer);
}
