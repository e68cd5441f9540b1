package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// The bytes of commands in log entries.
///
/// ```
/// format version (1) | request id (8) | kind (1) | content
/// ```
///
/// The format version is the feature level that a reader needs. It is compared with the replicated
/// feature level before anything behind it is read, so that members of different age refuse the
/// same entries. Numbers of kinds and of enum constants are never given a new meaning.
public final class CommandCodec {

  /// The newest format that can be read.
  public static final int FORMAT_VERSION = 3;

  /// The format of records and of the commands of the first release.
  private static final int FIRST_FORMAT = 1;

  /// The format of commands about accounts, and of those on behalf of somebody. As every format, it
  /// needs the feature level of the same number.
  public static final int AUTH_FEATURE_LEVEL = 2;

  /// The format of changes that API v2 makes.
  public static final int V2_FEATURE_LEVEL = 3;

  private static final int REQUEST_ID_AT = 1;
  private static final int KIND_AT = 9;
  private static final int CONTENT_AT = 10;

  /// A put of usual size fits without growing.
  private static final int INITIAL_CAPACITY = 64;

  /// The kinds, by their number in the log.
  public enum Kind {
    PUT,
    DELETE_RANGE,
    TXN,
    COMPACT,
    LEASE_GRANT,
    LEASE_REVOKE,
    LEASE_CHECKPOINT,
    ALARM,
    MEMBER_ATTRIBUTES,
    CLUSTER_VERSION,
    FEATURE_LEVEL,
    CHANGE_RECORDS,
    ON_BEHALF,
    AUTH_ENABLE,
    AUTH_DISABLE,
    AUTHENTICATE,
    USER_ADD,
    USER_DELETE,
    CHANGE_PASSWORD,
    GRANT_ROLE,
    REVOKE_ROLE,
    ROLE_ADD,
    ROLE_DELETE,
    GRANT_PERMISSION,
    REVOKE_PERMISSION,
    V2_SET,
    V2_CREATE,
    V2_UPDATE,
    V2_COMPARE_AND_SWAP,
    V2_DELETE,
    V2_COMPARE_AND_DELETE,
    V2_EXPIRE
  }

  private static final Kind[] KINDS = Kind.values();
  private static final Compare.Target[] TARGETS = Compare.Target.values();
  private static final Compare.Result[] RESULTS = Compare.Result.values();
  private static final RangeQuery.SortOrder[] ORDERS = RangeQuery.SortOrder.values();
  private static final RangeQuery.SortTarget[] SORT_TARGETS = RangeQuery.SortTarget.values();
  private static final Alarm.Action[] ACTIONS = Alarm.Action.values();
  private static final Permission.Type[] PERMISSIONS = Permission.Type.values();
  private static final Alarm.Type[] ALARMS = Alarm.Type.values();

  private static final int OPERATION_RANGE = 0;
  private static final int OPERATION_PUT = 1;
  private static final int OPERATION_DELETE = 2;
  private static final int OPERATION_TXN = 3;

  private CommandCodec() {}

  public static int formatVersion(byte[] entry) {
    Invariant.check(entry.length >= CONTENT_AT, "a command has a head", entry.length, CONTENT_AT);
    return entry[0] & 0xFF;
  }

  /// The id by which the proposer finds its waiting request, without decoding the rest.
  public static long requestId(byte[] entry) {
    return new ByteReader(entry, REQUEST_ID_AT).i64();
  }

  /// The kind, without decoding the rest.
  public static Kind kind(byte[] entry) {
    return new ByteReader(entry, KIND_AT).constant(KINDS);
  }

  public static byte[] encode(long requestId, Command command) {
    var writer = new ByteWriter(INITIAL_CAPACITY + sizeHint(command));
    writer.u8(format(command)).i64(requestId);
    write(writer, command);
    return writer.toArray();
  }

  private static int format(Command command) {
    return switch (command) {
      case V2Command _ -> V2_FEATURE_LEVEL;
      case Command.OnBehalf(_, Command inner) -> Math.max(AUTH_FEATURE_LEVEL, format(inner));
      case AuthCommand _ -> AUTH_FEATURE_LEVEL;
      case Command.Put _,
          Command.DeleteRange _,
          Command.Txn _,
          Command.Compact _,
          Command.LeaseGrant _,
          Command.LeaseRevoke _,
          Command.LeaseCheckpoint _,
          Command.AlarmRequest _,
          Command.MemberAttributes _,
          Command.ClusterVersion _,
          Command.FeatureLevel _,
          Command.ChangeRecords _ ->
          FIRST_FORMAT;
    };
  }

  /// The kind and the content.
  private static void write(ByteWriter writer, Command command) {
    switch (command) {
      case Command.Put put -> put(kind(writer, Kind.PUT), put);
      case Command.DeleteRange delete -> delete(kind(writer, Kind.DELETE_RANGE), delete);
      case Command.Txn txn -> txn(kind(writer, Kind.TXN), txn);
      case Command.Compact(long revision) -> kind(writer, Kind.COMPACT).i64(revision);
      case Command.LeaseGrant(long id, long ttl) -> kind(writer, Kind.LEASE_GRANT).i64(id).i64(ttl);
      case Command.LeaseRevoke(long id) -> kind(writer, Kind.LEASE_REVOKE).i64(id);
      case Command.LeaseCheckpoint(List<Command.LeaseCheckpoint.Remaining> leases) ->
          each(
              kind(writer, Kind.LEASE_CHECKPOINT),
              leases,
              lease -> writer.i64(lease.id()).i64(lease.seconds()));
      case Command.AlarmRequest(Alarm.Action action, long memberId, Alarm.Type type) ->
          kind(writer, Kind.ALARM).constant(action).i64(memberId).constant(type);
      case Command.MemberAttributes attributes ->
          attributes(kind(writer, Kind.MEMBER_ATTRIBUTES), attributes);
      case Command.ClusterVersion(String version) ->
          kind(writer, Kind.CLUSTER_VERSION).text(version);
      case Command.FeatureLevel(int level) -> kind(writer, Kind.FEATURE_LEVEL).i32(level);
      case Command.ChangeRecords(List<RecordChange> changes) ->
          each(kind(writer, Kind.CHANGE_RECORDS), changes, change -> record(writer, change));
      case Command.OnBehalf(Identity identity, Command inner) ->
          write(
              kind(writer, Kind.ON_BEHALF).text(identity.user()).i64(identity.authRevision()),
              inner);
      case AuthCommand auth -> write(writer, auth);
      case V2Command v2 -> write(writer, v2);
    }
  }

  private static void write(ByteWriter writer, AuthCommand command) {
    switch (command) {
      case AuthCommand.Enable _ -> kind(writer, Kind.AUTH_ENABLE);
      case AuthCommand.Disable _ -> kind(writer, Kind.AUTH_DISABLE);
      case AuthCommand.Authenticate(String user, Bytes digest, long revision) ->
          kind(writer, Kind.AUTHENTICATE).text(user).bytes(digest).i64(revision);
      case AuthCommand.UserAdd(String name, String hash, boolean passwordless) ->
          kind(writer, Kind.USER_ADD).text(name).text(hash).bool(passwordless);
      case AuthCommand.UserDelete(String name) -> kind(writer, Kind.USER_DELETE).text(name);
      case AuthCommand.ChangePassword(String name, String hash) ->
          kind(writer, Kind.CHANGE_PASSWORD).text(name).text(hash);
      case AuthCommand.GrantRole(String user, String role) ->
          kind(writer, Kind.GRANT_ROLE).text(user).text(role);
      case AuthCommand.RevokeRole(String user, String role) ->
          kind(writer, Kind.REVOKE_ROLE).text(user).text(role);
      case AuthCommand.RoleAdd(String name) -> kind(writer, Kind.ROLE_ADD).text(name);
      case AuthCommand.RoleDelete(String name) -> kind(writer, Kind.ROLE_DELETE).text(name);
      case AuthCommand.GrantPermission(String role, Permission permission) ->
          kind(writer, Kind.GRANT_PERMISSION)
              .text(role)
              .constant(permission.type())
              .bytes(permission.key())
              .bytes(permission.rangeEnd());
      case AuthCommand.RevokePermission(String role, Bytes key, Bytes rangeEnd) ->
          kind(writer, Kind.REVOKE_PERMISSION).text(role).bytes(key).bytes(rangeEnd);
    }
  }

  private static void write(ByteWriter writer, V2Command command) {
    switch (command) {
      case V2Command.Set(
              String path,
              boolean directory,
              String value,
              V2Command.Lifetime lifetime,
              _) ->
          lifetime(kind(writer, Kind.V2_SET).text(path).bool(directory).text(value), lifetime);
      case V2Command.Create(
              String path,
              boolean directory,
              String value,
              boolean unique,
              V2Command.Lifetime lifetime,
              _) ->
          lifetime(
              kind(writer, Kind.V2_CREATE).text(path).bool(directory).text(value).bool(unique),
              lifetime);
      case V2Command.Update(String path, String value, V2Command.Lifetime lifetime, _) ->
          lifetime(kind(writer, Kind.V2_UPDATE).text(path).text(value), lifetime);
      case V2Command.CompareAndSwap(
              String path,
              V2Command.Expected expected,
              String value,
              V2Command.Lifetime lifetime,
              _) ->
          lifetime(
              expected(kind(writer, Kind.V2_COMPARE_AND_SWAP).text(path), expected).text(value),
              lifetime);
      case V2Command.Delete(String path, boolean directory, boolean recursive, _) ->
          kind(writer, Kind.V2_DELETE).text(path).bool(directory).bool(recursive);
      case V2Command.CompareAndDelete(String path, V2Command.Expected expected, _) ->
          expected(kind(writer, Kind.V2_COMPARE_AND_DELETE).text(path), expected);
      case V2Command.Expire _ -> kind(writer, Kind.V2_EXPIRE);
    }
    writer.i64(command.now());
  }

  private static ByteWriter lifetime(ByteWriter writer, V2Command.Lifetime lifetime) {
    return writer.i64(lifetime.expiration()).bool(lifetime.refresh());
  }

  private static V2Command.Lifetime lifetime(ByteReader reader) {
    return new V2Command.Lifetime(reader.i64(), reader.bool());
  }

  private static ByteWriter expected(ByteWriter writer, V2Command.Expected expected) {
    return writer.text(expected.value()).i64(expected.index());
  }

  private static V2Command.Expected expected(ByteReader reader) {
    return new V2Command.Expected(reader.text(), reader.i64());
  }

  /// Reads the command of an entry whose format version has been accepted.
  public static Command decode(byte[] entry) {
    var reader = new ByteReader(entry, KIND_AT);
    Command command = read(reader);
    reader.end();
    return command;
  }

  private static Command read(ByteReader reader) {
    return switch (reader.constant(KINDS)) {
      case PUT -> put(reader);
      case DELETE_RANGE -> delete(reader);
      case TXN -> txn(reader);
      case COMPACT -> new Command.Compact(reader.i64());
      case LEASE_GRANT -> new Command.LeaseGrant(reader.i64(), reader.i64());
      case LEASE_REVOKE -> new Command.LeaseRevoke(reader.i64());
      case LEASE_CHECKPOINT ->
          new Command.LeaseCheckpoint(
              list(reader, r -> new Command.LeaseCheckpoint.Remaining(r.i64(), r.i64())));
      case ALARM ->
          new Command.AlarmRequest(reader.constant(ACTIONS), reader.i64(), reader.constant(ALARMS));
      case MEMBER_ATTRIBUTES -> attributes(reader);
      case CLUSTER_VERSION -> new Command.ClusterVersion(reader.text());
      case FEATURE_LEVEL -> new Command.FeatureLevel(reader.i32());
      case CHANGE_RECORDS -> new Command.ChangeRecords(list(reader, CommandCodec::record));
      case ON_BEHALF -> onBehalf(reader);
      case AUTH_ENABLE -> new AuthCommand.Enable();
      case AUTH_DISABLE -> new AuthCommand.Disable();
      case AUTHENTICATE ->
          new AuthCommand.Authenticate(reader.text(), reader.bytes(), reader.i64());
      case USER_ADD -> new AuthCommand.UserAdd(reader.text(), reader.text(), reader.bool());
      case USER_DELETE -> new AuthCommand.UserDelete(reader.text());
      case CHANGE_PASSWORD -> new AuthCommand.ChangePassword(reader.text(), reader.text());
      case GRANT_ROLE -> new AuthCommand.GrantRole(reader.text(), reader.text());
      case REVOKE_ROLE -> new AuthCommand.RevokeRole(reader.text(), reader.text());
      case ROLE_ADD -> new AuthCommand.RoleAdd(reader.text());
      case ROLE_DELETE -> new AuthCommand.RoleDelete(reader.text());
      case GRANT_PERMISSION ->
          new AuthCommand.GrantPermission(
              reader.text(),
              new Permission(reader.constant(PERMISSIONS), reader.bytes(), reader.bytes()));
      case REVOKE_PERMISSION ->
          new AuthCommand.RevokePermission(reader.text(), reader.bytes(), reader.bytes());
      case V2_SET ->
          new V2Command.Set(
              reader.text(), reader.bool(), reader.text(), lifetime(reader), reader.i64());
      case V2_CREATE ->
          new V2Command.Create(
              reader.text(),
              reader.bool(),
              reader.text(),
              reader.bool(),
              lifetime(reader),
              reader.i64());
      case V2_UPDATE ->
          new V2Command.Update(reader.text(), reader.text(), lifetime(reader), reader.i64());
      case V2_COMPARE_AND_SWAP ->
          new V2Command.CompareAndSwap(
              reader.text(), expected(reader), reader.text(), lifetime(reader), reader.i64());
      case V2_DELETE ->
          new V2Command.Delete(reader.text(), reader.bool(), reader.bool(), reader.i64());
      case V2_COMPARE_AND_DELETE ->
          new V2Command.CompareAndDelete(reader.text(), expected(reader), reader.i64());
      case V2_EXPIRE -> new V2Command.Expire(reader.i64());
    };
  }

  private static Command onBehalf(ByteReader reader) {
    var identity = new Identity(reader.text(), reader.i64());
    Command inner = read(reader);
    Invariant.check(!(inner instanceof Command.OnBehalf), "a command is for one identity");
    return new Command.OnBehalf(identity, inner);
  }

  /// The value of the record that a `MemberAttributes` command leaves behind.
  public static Bytes encodeAttributes(Command.MemberAttributes attributes) {
    var writer = new ByteWriter(INITIAL_CAPACITY).u8(FIRST_FORMAT);
    attributes(writer, attributes);
    return Bytes.wrap(writer.toArray());
  }

  public static Command.MemberAttributes decodeAttributes(Bytes record) {
    var reader = new ByteReader(record.array());
    int version = reader.u8();
    Invariant.check(version == FIRST_FORMAT, "attributes of a known format", version, FIRST_FORMAT);
    Command.MemberAttributes attributes = attributes(reader);
    reader.end();
    return attributes;
  }

  private static int sizeHint(Command command) {
    return command instanceof Command.Put put ? put.key().length() + put.value().length() : 0;
  }

  private static ByteWriter kind(ByteWriter writer, Kind kind) {
    return writer.constant(kind);
  }

  private static void put(ByteWriter writer, Command.Put put) {
    int flags =
        (put.previousWanted() ? 1 : 0) | (put.ignoreValue() ? 2 : 0) | (put.ignoreLease() ? 4 : 0);
    writer.u8(flags).varint(put.lease()).bytes(put.key()).bytes(put.value());
  }

  private static Command.Put put(ByteReader reader) {
    int flags = reader.u8();
    Invariant.check(flags < 8, "a put has three flags", flags, 8);
    long lease = reader.varint();
    return new Command.Put(
        reader.bytes(),
        reader.bytes(),
        lease,
        (flags & 1) != 0,
        (flags & 2) != 0,
        (flags & 4) != 0);
  }

  private static void delete(ByteWriter writer, Command.DeleteRange delete) {
    writer.bool(delete.previousWanted()).bytes(delete.key()).bytes(delete.rangeEnd());
  }

  private static Command.DeleteRange delete(ByteReader reader) {
    boolean previousWanted = reader.bool();
    return new Command.DeleteRange(reader.bytes(), reader.bytes(), previousWanted);
  }

  private static void txn(ByteWriter writer, Command.Txn txn) {
    each(writer, txn.compares(), compare -> compare(writer, compare));
    each(writer, txn.success(), operation -> operation(writer, operation));
    each(writer, txn.failure(), operation -> operation(writer, operation));
  }

  private static Command.Txn txn(ByteReader reader) {
    return new Command.Txn(
        list(reader, CommandCodec::compare),
        list(reader, CommandCodec::operation),
        list(reader, CommandCodec::operation));
  }

  private static void compare(ByteWriter writer, Compare compare) {
    writer
        .constant(compare.target())
        .constant(compare.result())
        .varint(compare.number())
        .bytes(compare.key())
        .bytes(compare.rangeEnd())
        .bytes(compare.value());
  }

  private static Compare compare(ByteReader reader) {
    Compare.Target target = reader.constant(TARGETS);
    Compare.Result result = reader.constant(RESULTS);
    long number = reader.varint();
    return new Compare(reader.bytes(), reader.bytes(), target, result, number, reader.bytes());
  }

  private static void operation(ByteWriter writer, Operation operation) {
    switch (operation) {
      case RangeQuery range -> range(writer.u8(OPERATION_RANGE), range);
      case Command.Put put -> put(writer.u8(OPERATION_PUT), put);
      case Command.DeleteRange delete -> delete(writer.u8(OPERATION_DELETE), delete);
      case Command.Txn nested -> txn(writer.u8(OPERATION_TXN), nested);
    }
  }

  private static Operation operation(ByteReader reader) {
    int tag = reader.u8();
    return switch (tag) {
      case OPERATION_RANGE -> range(reader);
      case OPERATION_PUT -> put(reader);
      case OPERATION_DELETE -> delete(reader);
      case OPERATION_TXN -> txn(reader);
      default -> throw Invariant.unreachable("no operation has the number " + tag);
    };
  }

  private static void range(ByteWriter writer, RangeQuery range) {
    RangeQuery.RevisionFilter filter = range.filter();
    writer
        .bytes(range.key())
        .bytes(range.rangeEnd())
        .varint(range.limit())
        .varint(range.revision())
        .constant(range.order())
        .constant(range.target())
        .bool(range.keysOnly())
        .bool(range.countOnly())
        .varint(filter.minMod())
        .varint(filter.maxMod())
        .varint(filter.minCreate())
        .varint(filter.maxCreate());
  }

  private static RangeQuery range(ByteReader reader) {
    return new RangeQuery(
        reader.bytes(),
        reader.bytes(),
        reader.varint(),
        reader.varint(),
        reader.constant(ORDERS),
        reader.constant(SORT_TARGETS),
        reader.bool(),
        reader.bool(),
        new RangeQuery.RevisionFilter(
            reader.varint(), reader.varint(), reader.varint(), reader.varint()));
  }

  private static void attributes(ByteWriter writer, Command.MemberAttributes attributes) {
    writer.i64(attributes.memberId()).text(attributes.name());
    each(writer, attributes.clientUrls(), writer::text);
    writer.text(attributes.apiVersion()).i32(attributes.featureLevel());
  }

  private static Command.MemberAttributes attributes(ByteReader reader) {
    return new Command.MemberAttributes(
        reader.i64(), reader.text(), list(reader, ByteReader::text), reader.text(), reader.i32());
  }

  private static void record(ByteWriter writer, RecordChange change) {
    Bytes value = change.value();
    writer.bytes(change.name()).bool(value != null);
    if (value != null) {
      writer.bytes(value);
    }
  }

  private static RecordChange record(ByteReader reader) {
    Bytes name = reader.bytes();
    return new RecordChange(name, reader.bool() ? reader.bytes() : null);
  }

  /// Writes one element; what it returns does not matter.
  @FunctionalInterface
  private interface Element<T> {
    void write(T element);
  }

  private static <T> void each(ByteWriter writer, List<T> list, Element<T> element) {
    writer.varint(list.size());
    for (T one : list) {
      element.write(one);
    }
  }

  private static <T> List<T> list(ByteReader reader, Function<ByteReader, T> element) {
    int count = reader.count();
    var list = new ArrayList<T>(count);
    for (int i = 0; i < count; i++) {
      list.add(element.apply(reader));
    }
    return list;
  }
}
