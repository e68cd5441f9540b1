package io.kvorum.operator.act;

/// What became of a step.
public sealed interface Outcome {

  /// The write was made, or had been made before.
  record Made() implements Outcome {}

  /// It was refused or nobody answered; the next look tells what is so.
  record NotMade(String why) implements Outcome {}

  /// The step asked for no write.
  record Nothing() implements Outcome {}
}
