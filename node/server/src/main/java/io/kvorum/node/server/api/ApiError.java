package io.kvorum.node.server.api;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/// Every error a client can see, with the code and the text that etcd answers. Clients compare the
/// texts byte by byte.
public enum ApiError {
  KEY_NOT_PROVIDED(Status.Code.INVALID_ARGUMENT, "etcdserver: key is not provided"),
  KEY_NOT_FOUND(Status.Code.INVALID_ARGUMENT, "etcdserver: key not found"),
  VALUE_PROVIDED(Status.Code.INVALID_ARGUMENT, "etcdserver: value is provided"),
  LEASE_PROVIDED(Status.Code.INVALID_ARGUMENT, "etcdserver: lease is provided"),
  TOO_MANY_OPERATIONS(
      Status.Code.INVALID_ARGUMENT, "etcdserver: too many operations in txn request"),
  DUPLICATE_KEY(Status.Code.INVALID_ARGUMENT, "etcdserver: duplicate key given in txn request"),
  INVALID_SORT_OPTION(Status.Code.INVALID_ARGUMENT, "etcdserver: invalid sort option"),
  REQUEST_TOO_LARGE(Status.Code.INVALID_ARGUMENT, "etcdserver: request is too large"),
  INVALID_CLIENT_API_VERSION(
      Status.Code.INVALID_ARGUMENT, "etcdserver: invalid client api version"),
  BAD_MEMBER_URLS(Status.Code.INVALID_ARGUMENT, "etcdserver: given member URLs are invalid"),
  COMPACTED(Status.Code.OUT_OF_RANGE, "etcdserver: mvcc: required revision has been compacted"),
  FUTURE_REVISION(
      Status.Code.OUT_OF_RANGE, "etcdserver: mvcc: required revision is a future revision"),
  LEASE_TTL_TOO_LARGE(Status.Code.OUT_OF_RANGE, "etcdserver: too large lease TTL"),
  LEASE_NOT_FOUND(Status.Code.NOT_FOUND, "etcdserver: requested lease not found"),
  LEASE_EXISTS(Status.Code.FAILED_PRECONDITION, "etcdserver: lease already exists"),
  NO_SPACE(Status.Code.RESOURCE_EXHAUSTED, "etcdserver: mvcc: database space exceeded"),
  CORRUPT(Status.Code.DATA_LOSS, "etcdserver: corrupt cluster"),

  MEMBER_NOT_FOUND(Status.Code.NOT_FOUND, "etcdserver: member not found"),
  MEMBER_EXISTS(Status.Code.FAILED_PRECONDITION, "etcdserver: member ID already exist"),
  PEER_URL_EXISTS(Status.Code.FAILED_PRECONDITION, "etcdserver: Peer URLs already exists"),
  TOO_MANY_LEARNERS(
      Status.Code.FAILED_PRECONDITION, "etcdserver: too many learner members in cluster"),
  NOT_A_LEARNER(Status.Code.FAILED_PRECONDITION, "etcdserver: can only promote a learner member"),
  LEARNER_NOT_READY(
      Status.Code.FAILED_PRECONDITION,
      "etcdserver: can only promote a learner member which is in sync with leader"),
  /// Not FailedPrecondition: that is what etcd's servers put on the wire, too.
  NOT_ENOUGH_STARTED(
      Status.Code.UNKNOWN, "etcdserver: re-configuration failed due to not enough started members"),
  UNHEALTHY(Status.Code.UNAVAILABLE, "etcdserver: unhealthy cluster"),
  LEARNER_CANNOT_SERVE(
      Status.Code.FAILED_PRECONDITION, "etcdserver: rpc not supported for learner"),
  NOT_LEADER(Status.Code.FAILED_PRECONDITION, "etcdserver: not leader"),
  BAD_TRANSFEREE(Status.Code.FAILED_PRECONDITION, "etcdserver: bad leader transferee"),
  TRANSFER_TIMED_OUT(
      Status.Code.UNKNOWN, "etcdserver: request timed out, leader transfer took too long"),

  NO_LEADER(Status.Code.UNAVAILABLE, "etcdserver: no leader"),
  TIMED_OUT(Status.Code.UNAVAILABLE, "etcdserver: request timed out"),
  TIMED_OUT_LEADER_FAILED(
      Status.Code.UNAVAILABLE,
      "etcdserver: request timed out, possibly due to previous leader failure"),
  TIMED_OUT_CONNECTION_LOST(
      Status.Code.UNAVAILABLE, "etcdserver: request timed out, possibly due to connection lost"),
  DEADLINE_EXCEEDED(Status.Code.DEADLINE_EXCEEDED, "context deadline exceeded"),
  STOPPED(Status.Code.UNAVAILABLE, "etcdserver: server stopped"),
  NOT_PRIMARY_LESSOR(Status.Code.UNKNOWN, "not a primary lessor"),
  /// The code of etcd's table, which Go's clients put in by the text. Its servers put Unknown on
  /// the wire, which says nothing to other clients.
  TOO_MANY_REQUESTS(Status.Code.RESOURCE_EXHAUSTED, "etcdserver: too many requests"),
  /// The answer alone takes more memory than all answers together may.
  ANSWER_TOO_LARGE(
      Status.Code.RESOURCE_EXHAUSTED,
      "kvorum: the answer is too large for this member's memory, read the range in pages by limit"
          + " or with RangeStream"),
  /// As above, of a request that has changed keys.
  ANSWER_LEFT_OUT(
      Status.Code.RESOURCE_EXHAUSTED,
      "kvorum: the request was applied, but its answer is too large for this member's memory,"
          + " read apart from writing, in pages"),

  WRONG_DOWNGRADE_FORMAT(
      Status.Code.INVALID_ARGUMENT, "etcdserver: wrong downgrade target version format"),
  INVALID_DOWNGRADE_TARGET(
      Status.Code.INVALID_ARGUMENT, "etcdserver: invalid downgrade target version"),
  DOWNGRADE_IN_PROGRESS(
      Status.Code.FAILED_PRECONDITION, "etcdserver: cluster has a downgrade job in progress"),
  NO_DOWNGRADE(Status.Code.FAILED_PRECONDITION, "etcdserver: no inflight downgrade job"),
  NO_CLUSTER_VERSION(
      Status.Code.FAILED_PRECONDITION, "etcdserver: cluster version not found during downgrade"),
  UNKNOWN_METHOD(Status.Code.UNKNOWN, "etcdserver: unknown method"),

  AUTH_NOT_ENABLED(Status.Code.FAILED_PRECONDITION, "etcdserver: authentication is not enabled"),
  AUTH_FAILED(
      Status.Code.INVALID_ARGUMENT,
      "etcdserver: authentication failed, invalid user ID or password"),
  PASSWORDLESS_USER(
      Status.Code.UNKNOWN, "auth: authentication failed, password was given for no password user"),
  PASSWORD_TOO_LONG(Status.Code.UNKNOWN, "bcrypt: password length exceeds 72 bytes"),
  /// The member has only the public key of JSON web tokens.
  CANNOT_SIGN_TOKENS(Status.Code.UNKNOWN, "auth: verification-only provider cannot sign tokens"),
  INVALID_AUTH_TOKEN(Status.Code.UNAUTHENTICATED, "etcdserver: invalid auth token"),
  INVALID_AUTH_MANAGEMENT(Status.Code.INVALID_ARGUMENT, "etcdserver: invalid auth management"),
  AUTH_OLD_REVISION(Status.Code.INVALID_ARGUMENT, "etcdserver: revision of auth store is old"),
  PERMISSION_DENIED(Status.Code.PERMISSION_DENIED, "etcdserver: permission denied"),
  PERMISSION_NOT_GIVEN(Status.Code.INVALID_ARGUMENT, "etcdserver: permission not given"),
  PERMISSION_NOT_GRANTED(
      Status.Code.FAILED_PRECONDITION, "etcdserver: permission is not granted to the role"),
  USER_EMPTY(Status.Code.INVALID_ARGUMENT, "etcdserver: user name is empty"),
  USER_EXISTS(Status.Code.FAILED_PRECONDITION, "etcdserver: user name already exists"),
  USER_NOT_FOUND(Status.Code.FAILED_PRECONDITION, "etcdserver: user name not found"),
  ROLE_EMPTY(Status.Code.INVALID_ARGUMENT, "etcdserver: role name is empty"),
  ROLE_EXISTS(Status.Code.FAILED_PRECONDITION, "etcdserver: role name already exists"),
  ROLE_NOT_FOUND(Status.Code.FAILED_PRECONDITION, "etcdserver: role name not found"),
  ROLE_NOT_GRANTED(Status.Code.FAILED_PRECONDITION, "etcdserver: role is not granted to the user"),
  ROOT_USER_MISSING(Status.Code.FAILED_PRECONDITION, "etcdserver: root user does not exist"),
  ROOT_ROLE_MISSING(
      Status.Code.FAILED_PRECONDITION, "etcdserver: root user does not have root role"),

  LOCK_SESSION_EXPIRED(Status.Code.UNKNOWN, "mutex: session is expired"),
  NO_ELECTION_LEADER(Status.Code.UNKNOWN, "election: no leader"),
  NOT_ELECTION_LEADER(Status.Code.UNKNOWN, "election: not leader"),
  LEADER_FIELD_MISSING(Status.Code.UNKNOWN, "\"leader\" field must be provided"),

  /// A command that members of before this version could not carry out.
  FEATURE_LEVEL_TOO_LOW(
      Status.Code.FAILED_PRECONDITION,
      "kvorum: the cluster has members of an older version that can't carry out this request");

  private final String text;

  /// Shared and never changed, though its type does not promise that.
  @SuppressWarnings("ImmutableEnumChecker")
  private final StatusRuntimeException exception;

  ApiError(Status.Code code, String text) {
    this.text = text;
    this.exception = code.toStatus().withDescription(text).asRuntimeException();
  }

  public Status.Code code() {
    return exception.getStatus().getCode();
  }

  public String text() {
    return text;
  }

  public Status status() {
    return exception.getStatus();
  }

  /// The error as a call ends with it. One for all calls: its stack trace means nothing.
  public StatusRuntimeException exception() {
    return exception;
  }
}
