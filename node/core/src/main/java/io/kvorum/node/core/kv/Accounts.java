package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.KvStore.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The users and roles behind some entry, and whether they are in force. Immutable, so that readers
/// on any thread share it with the state machine; a change copies it.
///
/// Invariant: the auth revision rises with every change of a user, a role or a permission, and when
/// auth is disabled.
public final class Accounts {

  /// The user that must exist, and the role that allows everything.
  public static final String ROOT = "root";

  /// The auth revision of a new store.
  private static final long FIRST_REVISION = 1;

  static final Accounts NONE =
      new Accounts(new Policy(false, FIRST_REVISION, 0), new TreeMap<>(), new TreeMap<>());

  private static final byte[] POLICY_ROW = Rows.meta('p', Rows.NOTHING);
  private static final byte[] USERS = Rows.meta('u', Rows.NOTHING);
  private static final byte[] ROLES = Rows.meta('o', Rows.NOTHING);
  private static final int FORMAT = 1;
  private static final int ROW_BYTES = 96;
  private static final Permission.Type[] TYPES = Permission.Type.values();

  private final Policy policy;

  /// By the bytes of their names, which is how etcd lists them.
  private final NavigableMap<Bytes, User> users;

  private final NavigableMap<Bytes, Role> roles;

  /// What users' roles come to, worked out once for each user who asks.
  private final Map<String, Grants> grants = new ConcurrentHashMap<>();

  /// The numbers.
  ///
  /// @param disabledAt the auth revision at which auth was last disabled
  private record Policy(boolean enabled, long revision, long disabledAt) {}

  private Accounts(
      Policy policy, NavigableMap<Bytes, User> users, NavigableMap<Bytes, Role> roles) {
    this.policy = policy;
    this.users = users;
    this.roles = roles;
  }

  public boolean enabled() {
    return policy.enabled();
  }

  /// The auth revision.
  public long revision() {
    return policy.revision();
  }

  public Optional<User> user(String name) {
    return Optional.ofNullable(maybeUser(name));
  }

  @Nullable User maybeUser(String name) {
    return users.get(Bytes.utf8(name));
  }

  public Optional<Role> role(String name) {
    return Optional.ofNullable(maybeRole(name));
  }

  @Nullable Role maybeRole(String name) {
    return roles.get(Bytes.utf8(name));
  }

  /// By name.
  public List<User> users() {
    return List.copyOf(users.values());
  }

  /// By name.
  public List<Role> roles() {
    return List.copyOf(roles.values());
  }

  /// Whether a token that a user got at an auth revision is still good.
  public boolean honours(String user, long authRevision) {
    User known = maybeUser(user);
    return enabled()
        && known != null
        && authRevision >= known.changedAt()
        && authRevision >= policy.disabledAt();
  }

  Grants grants(User user) {
    return grants.computeIfAbsent(user.name(), _ -> new Grants(permissions(user)));
  }

  private List<Permission> permissions(User user) {
    var permissions = new ArrayList<Permission>();
    for (String name : user.roles()) {
      Role role = maybeRole(name);
      if (role != null) {
        permissions.addAll(role.permissions());
      }
    }
    return permissions;
  }

  // ---- Changes

  /// Collects a change; what it makes is written to the batch and gives the next accounts.
  static final class Edit {
    private final KvStore.Batch batch;
    private final NavigableMap<Bytes, User> users;
    private final NavigableMap<Bytes, Role> roles;
    private final Policy before;
    private final long revision;

    Edit(Accounts accounts, KvStore.Batch batch) {
      this.batch = batch;
      users = new TreeMap<>(accounts.users);
      roles = new TreeMap<>(accounts.roles);
      before = accounts.policy;
      revision = before.revision() + 1;
    }

    /// Puts a user whose tokens from before are void.
    Edit putAnew(User user) {
      return put(user.changedAt(revision));
    }

    Edit put(User user) {
      Bytes name = Bytes.utf8(user.name());
      users.put(name, user);
      batch.put(Space.META, Rows.meta('u', name.array()), encode(user));
      return this;
    }

    Edit removeUser(String user) {
      Bytes name = Bytes.utf8(user);
      users.remove(name);
      batch.delete(Space.META, Rows.meta('u', name.array()));
      return this;
    }

    Edit put(Role role) {
      Bytes name = Bytes.utf8(role.name());
      roles.put(name, role);
      batch.put(Space.META, Rows.meta('o', name.array()), encode(role));
      return this;
    }

    /// Takes it away from its users, too.
    Edit removeRole(String role) {
      Bytes name = Bytes.utf8(role);
      roles.remove(name);
      batch.delete(Space.META, Rows.meta('o', name.array()));
      for (User user : List.copyOf(users.values())) {
        if (user.roles().contains(role)) {
          put(user.withRoles(user.roles().stream().filter(other -> !other.equals(role)).toList()));
        }
      }
      return this;
    }

    Accounts done() {
      return with(new Policy(before.enabled(), revision, before.disabledAt()));
    }

    /// Enabling changes no account, and no revision.
    Accounts enabled() {
      return with(new Policy(true, before.revision(), before.disabledAt()));
    }

    Accounts disabled() {
      return with(new Policy(false, revision, revision));
    }

    private Accounts with(Policy policy) {
      batch.put(Space.META, POLICY_ROW, encode(policy));
      return new Accounts(policy, users, roles);
    }
  }

  /// Gives a store that has none the accounts of another one, as they stood at an auth revision.
  static void copy(
      KvStore.Batch batch, boolean enabled, long revision, List<User> users, List<Role> roles) {
    for (User user : users) {
      batch.put(
          Space.META,
          Rows.meta('u', Bytes.utf8(user.name()).array()),
          encode(user.changedAt(revision)));
    }
    for (Role role : roles) {
      batch.put(Space.META, Rows.meta('o', Bytes.utf8(role.name()).array()), encode(role));
    }
    batch.put(Space.META, POLICY_ROW, encode(new Policy(enabled, revision, 0)));
  }

  // ---- Rows

  static Accounts read(KvStore.Reader reader) {
    byte[] row = reader.get(Space.META, POLICY_ROW);
    return row == null ? NONE : new Accounts(policy(row), users(reader), roles(reader));
  }

  private static NavigableMap<Bytes, User> users(KvStore.Reader reader) {
    var users = new TreeMap<Bytes, User>();
    try (KvStore.Cursor cursor = reader.cursor(Space.META, USERS, Rows.behindPrefix(USERS))) {
      while (cursor.next()) {
        Bytes name = Bytes.wrap(Rows.metaName(cursor.key()));
        users.put(name, user(name.toString(), cursor.value()));
      }
    }
    return users;
  }

  private static NavigableMap<Bytes, Role> roles(KvStore.Reader reader) {
    var roles = new TreeMap<Bytes, Role>();
    try (KvStore.Cursor cursor = reader.cursor(Space.META, ROLES, Rows.behindPrefix(ROLES))) {
      while (cursor.next()) {
        Bytes name = Bytes.wrap(Rows.metaName(cursor.key()));
        roles.put(name, role(name.toString(), cursor.value()));
      }
    }
    return roles;
  }

  private static byte[] encode(Policy policy) {
    return new ByteWriter(ROW_BYTES)
        .u8(FORMAT)
        .bool(policy.enabled())
        .i64(policy.revision())
        .i64(policy.disabledAt())
        .toArray();
  }

  private static Policy policy(byte[] row) {
    ByteReader reader = checked(row);
    var policy = new Policy(reader.bool(), reader.i64(), reader.i64());
    reader.end();
    return policy;
  }

  private static byte[] encode(User user) {
    var writer = new ByteWriter(ROW_BYTES).u8(FORMAT).i64(user.changedAt());
    writer.bool(user.passwordless()).text(user.passwordHash()).varint(user.roles().size());
    user.roles().forEach(writer::text);
    return writer.toArray();
  }

  private static User user(String name, byte[] row) {
    ByteReader reader = checked(row);
    long changedAt = reader.i64();
    boolean passwordless = reader.bool();
    String hash = reader.text();
    var roles = new ArrayList<String>();
    for (int left = reader.count(); left > 0; left--) {
      roles.add(reader.text());
    }
    reader.end();
    return new User(name, hash, passwordless, roles, changedAt);
  }

  private static byte[] encode(Role role) {
    var writer = new ByteWriter(ROW_BYTES).u8(FORMAT).varint(role.permissions().size());
    for (Permission permission : role.permissions()) {
      writer.constant(permission.type()).bytes(permission.key()).bytes(permission.rangeEnd());
    }
    return writer.toArray();
  }

  private static Role role(String name, byte[] row) {
    ByteReader reader = checked(row);
    var permissions = new ArrayList<Permission>();
    for (int left = reader.count(); left > 0; left--) {
      permissions.add(new Permission(reader.constant(TYPES), reader.bytes(), reader.bytes()));
    }
    reader.end();
    return new Role(name, permissions);
  }

  private static ByteReader checked(byte[] row) {
    var reader = new ByteReader(row);
    int format = reader.u8();
    Invariant.check(format == FORMAT, "an account's row has a known format", format, FORMAT);
    return reader;
  }
}
