package io.kvorum.node.server.api;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.AuthRefusal;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.MembershipRefusal;

/// How the failures of the core look to clients: the one place that knows.
public final class ApiErrors {
  private ApiErrors() {}

  /// A command or a read was refused by the state machine, or wrong in itself.
  public static ApiError of(Outcome.Failure failure) {
    return switch (failure) {
      case Outcome.RevisionCompacted _ -> ApiError.COMPACTED;
      case Outcome.FutureRevision _ -> ApiError.FUTURE_REVISION;
      case Outcome.KeyNotFound _ -> ApiError.KEY_NOT_FOUND;
      case Outcome.LeaseNotFound _ -> ApiError.LEASE_NOT_FOUND;
      case Outcome.LeaseExists _ -> ApiError.LEASE_EXISTS;
      case Outcome.LeaseTtlTooLarge _ -> ApiError.LEASE_TTL_TOO_LARGE;
      case Outcome.NoSpace _ -> ApiError.NO_SPACE;
      case Outcome.Corrupt _ -> ApiError.CORRUPT;
      case Outcome.EmptyKey _ -> ApiError.KEY_NOT_PROVIDED;
      case Outcome.ValueProvided _ -> ApiError.VALUE_PROVIDED;
      case Outcome.LeaseProvided _ -> ApiError.LEASE_PROVIDED;
      case Outcome.DuplicateKey _ -> ApiError.DUPLICATE_KEY;
      case Outcome.TooManyOperations _ -> ApiError.TOO_MANY_OPERATIONS;
      case Outcome.FeatureLevelTooLow _ -> ApiError.FEATURE_LEVEL_TOO_LOW;
      case Outcome.AnswerTooLarge _ -> ApiError.ANSWER_TOO_LARGE;
      case Outcome.Unauthorized(AuthRefusal reason) -> of(reason);
      case Outcome.RevisionTooWide _ ->
          throw Invariant.unreachable("history is read by watches only");
      case Outcome.V2Refused _ -> throw Invariant.unreachable("API v2 has errors of its own");
    };
  }

  /// Users, roles and permissions do not allow it.
  public static ApiError of(AuthRefusal reason) {
    return switch (reason) {
      case NOT_ENABLED -> ApiError.AUTH_NOT_ENABLED;
      case WRONG_PASSWORD -> ApiError.AUTH_FAILED;
      case PASSWORDLESS -> ApiError.PASSWORDLESS_USER;
      case USER_EMPTY -> ApiError.USER_EMPTY;
      case USER_EXISTS -> ApiError.USER_EXISTS;
      case USER_NOT_FOUND -> ApiError.USER_NOT_FOUND;
      case ROLE_EMPTY -> ApiError.ROLE_EMPTY;
      case ROLE_EXISTS -> ApiError.ROLE_EXISTS;
      case ROLE_NOT_FOUND -> ApiError.ROLE_NOT_FOUND;
      case ROLE_NOT_GRANTED -> ApiError.ROLE_NOT_GRANTED;
      case PERMISSION_NOT_GRANTED -> ApiError.PERMISSION_NOT_GRANTED;
      case ROOT_USER_MISSING -> ApiError.ROOT_USER_MISSING;
      case ROOT_ROLE_MISSING -> ApiError.ROOT_ROLE_MISSING;
      case INVALID_MANAGEMENT -> ApiError.INVALID_AUTH_MANAGEMENT;
      case PERMISSION_DENIED -> ApiError.PERMISSION_DENIED;
      case OLD_REVISION -> ApiError.AUTH_OLD_REVISION;
    };
  }

  /// A request came to nothing, or to nothing that is known.
  public static ApiError of(Answer.Refused refused) {
    return switch (refused) {
      case Answer.TooManyRequests _ -> ApiError.TOO_MANY_REQUESTS;
      case Answer.NeverProposed _ -> ApiError.DEADLINE_EXCEEDED;
      case Answer.TimedOut(Answer.Cause cause) -> timedOut(cause);
      case Answer.NotLeader _ -> ApiError.NOT_LEADER;
      case Answer.BadTransferee _ -> ApiError.BAD_TRANSFEREE;
      case Answer.TransferTimedOut _ -> ApiError.TRANSFER_TIMED_OUT;
      case Answer.MembershipRefused(MembershipRefusal reason) -> of(reason);
      case Answer.Stopped _ -> ApiError.STOPPED;
    };
  }

  private static ApiError timedOut(Answer.Cause cause) {
    return switch (cause) {
      case UNKNOWN -> ApiError.TIMED_OUT;
      case LEADER_FAILED -> ApiError.TIMED_OUT_LEADER_FAILED;
      case CONNECTION_LOST -> ApiError.TIMED_OUT_CONNECTION_LOST;
    };
  }

  private static ApiError of(MembershipRefusal reason) {
    return switch (reason) {
      case MEMBER_NOT_FOUND -> ApiError.MEMBER_NOT_FOUND;
      case MEMBER_EXISTS -> ApiError.MEMBER_EXISTS;
      case PEER_URL_EXISTS -> ApiError.PEER_URL_EXISTS;
      case TOO_MANY_LEARNERS -> ApiError.TOO_MANY_LEARNERS;
      case NOT_LEARNER -> ApiError.NOT_A_LEARNER;
      case LEARNER_NOT_READY -> ApiError.LEARNER_NOT_READY;
      case NOT_ENOUGH_STARTED -> ApiError.NOT_ENOUGH_STARTED;
      case UNHEALTHY -> ApiError.UNHEALTHY;
      case NOT_LEADER -> ApiError.NOT_LEADER;
    };
  }
}
