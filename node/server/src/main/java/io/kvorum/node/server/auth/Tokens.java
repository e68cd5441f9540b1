package io.kvorum.node.server.auth;

import io.kvorum.node.core.kv.Accounts;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Identity;
import io.kvorum.node.core.kv.Outcome;

/// What users show instead of their password.
interface Tokens {

  /// A token in the making. Its digest goes through the log, so that every member knows it.
  interface Draft {
    /// Empty when tokens prove themselves.
    Bytes digest();

    /// The token, once the log has taken it.
    String finish(Outcome.Authenticated authenticated);
  }

  /// What a token comes to.
  sealed interface Resolution {
    record Good(Identity identity) implements Resolution {}

    record Bad() implements Resolution {}

    /// Only when the entry at the index is applied can anybody know.
    record Later(long index) implements Resolution {}
  }

  Resolution BAD = new Resolution.Bad();

  /// Begins a token.
  ///
  /// @throws UnsupportedOperationException if this member only checks tokens
  Draft draft();

  Resolution resolve(String token, Accounts accounts);
}
