package io.kvorum.node.server.auth;

import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.Access;
import io.kvorum.node.core.kv.Accounts;
import io.kvorum.node.core.kv.AuthCommand;
import io.kvorum.node.core.kv.AuthRefusal;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Identity;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.Permission;
import io.kvorum.node.core.kv.Role;
import io.kvorum.node.core.kv.User;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.proto.etcd.AuthDisableRequest;
import io.kvorum.node.proto.etcd.AuthDisableResponse;
import io.kvorum.node.proto.etcd.AuthEnableRequest;
import io.kvorum.node.proto.etcd.AuthEnableResponse;
import io.kvorum.node.proto.etcd.AuthGrpc;
import io.kvorum.node.proto.etcd.AuthRoleAddRequest;
import io.kvorum.node.proto.etcd.AuthRoleAddResponse;
import io.kvorum.node.proto.etcd.AuthRoleDeleteRequest;
import io.kvorum.node.proto.etcd.AuthRoleDeleteResponse;
import io.kvorum.node.proto.etcd.AuthRoleGetRequest;
import io.kvorum.node.proto.etcd.AuthRoleGetResponse;
import io.kvorum.node.proto.etcd.AuthRoleGrantPermissionRequest;
import io.kvorum.node.proto.etcd.AuthRoleGrantPermissionResponse;
import io.kvorum.node.proto.etcd.AuthRoleListRequest;
import io.kvorum.node.proto.etcd.AuthRoleListResponse;
import io.kvorum.node.proto.etcd.AuthRoleRevokePermissionRequest;
import io.kvorum.node.proto.etcd.AuthRoleRevokePermissionResponse;
import io.kvorum.node.proto.etcd.AuthStatusRequest;
import io.kvorum.node.proto.etcd.AuthStatusResponse;
import io.kvorum.node.proto.etcd.AuthUserAddRequest;
import io.kvorum.node.proto.etcd.AuthUserAddResponse;
import io.kvorum.node.proto.etcd.AuthUserChangePasswordRequest;
import io.kvorum.node.proto.etcd.AuthUserChangePasswordResponse;
import io.kvorum.node.proto.etcd.AuthUserDeleteRequest;
import io.kvorum.node.proto.etcd.AuthUserDeleteResponse;
import io.kvorum.node.proto.etcd.AuthUserGetRequest;
import io.kvorum.node.proto.etcd.AuthUserGetResponse;
import io.kvorum.node.proto.etcd.AuthUserGrantRoleRequest;
import io.kvorum.node.proto.etcd.AuthUserGrantRoleResponse;
import io.kvorum.node.proto.etcd.AuthUserListRequest;
import io.kvorum.node.proto.etcd.AuthUserListResponse;
import io.kvorum.node.proto.etcd.AuthUserRevokeRoleRequest;
import io.kvorum.node.proto.etcd.AuthUserRevokeRoleResponse;
import io.kvorum.node.proto.etcd.AuthenticateRequest;
import io.kvorum.node.proto.etcd.AuthenticateResponse;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.server.api.Admission;
import io.kvorum.node.server.api.ApiError;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.api.Caller;
import io.kvorum.node.server.api.ResponseWriter;
import io.kvorum.node.server.api.Unary;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Users and roles, as clients call them.
final class AuthService extends AuthGrpc.AuthImplBase {
  /// Users change at the pace of people; who still finds other users after so many tries is told.
  private static final int MAX_SIGN_IN_ATTEMPTS = 10;

  private final Backend backend;
  private final Admission admission;
  private final Passwords passwords;
  private final Tokens tokens;
  private final Waits featureLevel;

  AuthService(
      Backend backend,
      Admission admission,
      Passwords passwords,
      Tokens tokens,
      Waits featureLevel) {
    this.backend = backend;
    this.admission = admission;
    this.passwords = passwords;
    this.tokens = tokens;
    this.featureLevel = featureLevel;
  }

  // ---- Changes

  private void propose(AuthCommand command, Unary<?> call) {
    propose(command, Caller.Credentials.current(), call);
  }

  /// Proposes a command once all members can carry it out. In a new cluster that is a moment after
  /// the last member has come up; while one runs an older version, the client is told so in the
  /// end.
  private void propose(AuthCommand command, Caller.Credentials credentials, Unary<?> call) {
    featureLevel.until(
        CommandCodec.AUTH_FEATURE_LEVEL, () -> admission.propose(command, credentials, call));
  }

  /// A change whose answer is its header.
  private <T> Unary<T> change(StreamObserver<T> client, Function<ResponseHeader, T> response) {
    return new Unary<>(backend, client) {
      @Override
      protected void succeeded(Answer answer) {
        if (answer instanceof Answer.Applied(Outcome.AccountsChanged(long revision))) {
          respond(response.apply(header(revision)));
        } else {
          throw Invariant.unreachable("a change of accounts is answered by its outcome");
        }
      }
    };
  }

  @Override
  public void authEnable(AuthEnableRequest request, StreamObserver<AuthEnableResponse> client) {
    propose(
        new AuthCommand.Enable(),
        change(client, header -> AuthEnableResponse.newBuilder().setHeader(header).build()));
  }

  @Override
  public void authDisable(AuthDisableRequest request, StreamObserver<AuthDisableResponse> client) {
    propose(
        new AuthCommand.Disable(),
        change(client, header -> AuthDisableResponse.newBuilder().setHeader(header).build()));
  }

  @Override
  public void userAdd(AuthUserAddRequest request, StreamObserver<AuthUserAddResponse> client) {
    Unary<AuthUserAddResponse> call =
        change(client, header -> AuthUserAddResponse.newBuilder().setHeader(header).build());
    if (request.getOptions().getNoPassword()) {
      propose(new AuthCommand.UserAdd(request.getName(), "", true), call);
    } else {
      hashed(
          request.getPassword(),
          call,
          hash -> new AuthCommand.UserAdd(request.getName(), hash, false));
    }
  }

  @Override
  public void userChangePassword(
      AuthUserChangePasswordRequest request,
      StreamObserver<AuthUserChangePasswordResponse> client) {
    hashed(
        request.getPassword(),
        change(
            client,
            header -> AuthUserChangePasswordResponse.newBuilder().setHeader(header).build()),
        hash -> new AuthCommand.ChangePassword(request.getName(), hash));
  }

  /// Proposes a command with a password's hash. Who may not give it is refused before the work of
  /// hashing is done.
  private void hashed(String password, Unary<?> call, Function<String, AuthCommand> command) {
    Caller.Credentials credentials = Caller.Credentials.current();
    ApiError refusal = credentials.caller().refusal(backend.accounts(), Access::root);
    if (refusal != null) {
      call.fail(refusal);
    } else if (Passwords.isTooLong(password)) {
      call.fail(ApiError.PASSWORD_TOO_LONG);
    } else if (!passwords.offer(
        () -> propose(command.apply(passwords.hash(password)), credentials, call))) {
      call.fail(ApiError.TOO_MANY_REQUESTS);
    }
  }

  @Override
  public void userDelete(
      AuthUserDeleteRequest request, StreamObserver<AuthUserDeleteResponse> client) {
    propose(
        new AuthCommand.UserDelete(request.getName()),
        change(client, header -> AuthUserDeleteResponse.newBuilder().setHeader(header).build()));
  }

  @Override
  public void userGrantRole(
      AuthUserGrantRoleRequest request, StreamObserver<AuthUserGrantRoleResponse> client) {
    propose(
        new AuthCommand.GrantRole(request.getUser(), request.getRole()),
        change(client, header -> AuthUserGrantRoleResponse.newBuilder().setHeader(header).build()));
  }

  @Override
  public void userRevokeRole(
      AuthUserRevokeRoleRequest request, StreamObserver<AuthUserRevokeRoleResponse> client) {
    propose(
        new AuthCommand.RevokeRole(request.getName(), request.getRole()),
        change(
            client, header -> AuthUserRevokeRoleResponse.newBuilder().setHeader(header).build()));
  }

  @Override
  public void roleAdd(AuthRoleAddRequest request, StreamObserver<AuthRoleAddResponse> client) {
    propose(
        new AuthCommand.RoleAdd(request.getName()),
        change(client, header -> AuthRoleAddResponse.newBuilder().setHeader(header).build()));
  }

  @Override
  public void roleDelete(
      AuthRoleDeleteRequest request, StreamObserver<AuthRoleDeleteResponse> client) {
    propose(
        new AuthCommand.RoleDelete(request.getRole()),
        change(client, header -> AuthRoleDeleteResponse.newBuilder().setHeader(header).build()));
  }

  @Override
  public void roleGrantPermission(
      AuthRoleGrantPermissionRequest request,
      StreamObserver<AuthRoleGrantPermissionResponse> client) {
    Unary<AuthRoleGrantPermissionResponse> call =
        change(
            client,
            header -> AuthRoleGrantPermissionResponse.newBuilder().setHeader(header).build());
    if (!request.hasPerm()) {
      call.fail(ApiError.PERMISSION_NOT_GIVEN);
      return;
    }
    var permission = request.getPerm();
    Permission.Type type =
        switch (permission.getPermType()) {
          case READ -> Permission.Type.READ;
          case WRITE -> Permission.Type.WRITE;
          case READWRITE -> Permission.Type.READ_WRITE;
          case UNRECOGNIZED -> null;
        };
    if (type == null) {
      call.fail(ApiError.INVALID_AUTH_MANAGEMENT);
      return;
    }
    propose(
        new AuthCommand.GrantPermission(
            request.getName(),
            new Permission(
                type,
                Bytes.wrap(permission.getKey().toByteArray()),
                Bytes.wrap(permission.getRangeEnd().toByteArray()))),
        call);
  }

  @Override
  public void roleRevokePermission(
      AuthRoleRevokePermissionRequest request,
      StreamObserver<AuthRoleRevokePermissionResponse> client) {
    propose(
        new AuthCommand.RevokePermission(
            request.getRole(),
            Bytes.wrap(request.getKey().toByteArray()),
            Bytes.wrap(request.getRangeEnd().toByteArray())),
        change(
            client,
            header -> AuthRoleRevokePermissionResponse.newBuilder().setHeader(header).build()));
  }

  // ---- Reads

  /// A read of the accounts as fresh as a linearizable read of keys.
  abstract static class Reading<T> extends Unary<T> {
    private final Caller caller;

    Reading(Backend backend, StreamObserver<T> client) {
      super(backend, client);
      caller = Caller.Credentials.current().caller();
    }

    abstract T response(Accounts accounts, ResponseHeader header);

    /// What a user who is not root may see all the same.
    boolean isOwn(Identity identity, Accounts accounts) {
      return false;
    }

    @Nullable ApiError refusalOf(Accounts accounts) {
      return null;
    }

    void start() {
      if (backend.readsAlone()) {
        serve();
      } else {
        backend.submit(new Request.Read(this));
      }
    }

    @Override
    protected void succeeded(Answer answer) {
      serve();
    }

    private void serve() {
      Accounts accounts = backend.accounts();
      ApiError refusal = caller.refusal(accounts, Access::root);
      if (refusal != null
          && caller instanceof Caller.Known(Identity identity)
          && !identity.user().isEmpty()
          && accounts.user(identity.user()).isPresent()
          && isOwn(identity, accounts)) {
        refusal = null;
      }
      if (refusal == null) {
        refusal = refusalOf(accounts);
      }
      if (refusal == null) {
        respond(response(accounts, header(backend.revision())));
      } else {
        fail(refusal);
      }
    }
  }

  @Override
  public void authStatus(AuthStatusRequest request, StreamObserver<AuthStatusResponse> client) {
    new Reading<>(backend, client) {
      @Override
      AuthStatusResponse response(Accounts accounts, ResponseHeader header) {
        return AuthStatusResponse.newBuilder()
            .setHeader(header)
            .setEnabled(accounts.enabled())
            .setAuthRevision(accounts.revision())
            .build();
      }
    }.start();
  }

  @Override
  public void userGet(AuthUserGetRequest request, StreamObserver<AuthUserGetResponse> client) {
    new Reading<>(backend, client) {
      @Override
      boolean isOwn(Identity identity, Accounts accounts) {
        return identity.user().equals(request.getName());
      }

      @Override
      @Nullable ApiError refusalOf(Accounts accounts) {
        return accounts.user(request.getName()).isEmpty() ? ApiError.USER_NOT_FOUND : null;
      }

      @Override
      AuthUserGetResponse response(Accounts accounts, ResponseHeader header) {
        var response = AuthUserGetResponse.newBuilder().setHeader(header);
        accounts.user(request.getName()).ifPresent(user -> response.addAllRoles(user.roles()));
        return response.build();
      }
    }.start();
  }

  @Override
  public void userList(AuthUserListRequest request, StreamObserver<AuthUserListResponse> client) {
    new Reading<>(backend, client) {
      @Override
      AuthUserListResponse response(Accounts accounts, ResponseHeader header) {
        return AuthUserListResponse.newBuilder()
            .setHeader(header)
            .addAllUsers(accounts.users().stream().map(User::name).toList())
            .build();
      }
    }.start();
  }

  @Override
  public void roleGet(AuthRoleGetRequest request, StreamObserver<AuthRoleGetResponse> client) {
    new Reading<>(backend, client) {
      @Override
      boolean isOwn(Identity identity, Accounts accounts) {
        return accounts
            .user(identity.user())
            .filter(user -> user.roles().contains(request.getRole()))
            .isPresent();
      }

      @Override
      @Nullable ApiError refusalOf(Accounts accounts) {
        return accounts.role(request.getRole()).isEmpty() ? ApiError.ROLE_NOT_FOUND : null;
      }

      @Override
      AuthRoleGetResponse response(Accounts accounts, ResponseHeader header) {
        var response = AuthRoleGetResponse.newBuilder().setHeader(header);
        accounts
            .role(request.getRole())
            .ifPresent(role ->
                role.permissions().forEach(permission -> response.addPerm(written(permission))));
        return response.build();
      }
    }.start();
  }

  private static io.kvorum.node.proto.auth.Permission written(Permission permission) {
    return io.kvorum.node.proto.auth.Permission.newBuilder()
        .setPermType(
            switch (permission.type()) {
              case READ -> io.kvorum.node.proto.auth.Permission.Type.READ;
              case WRITE -> io.kvorum.node.proto.auth.Permission.Type.WRITE;
              case READ_WRITE -> io.kvorum.node.proto.auth.Permission.Type.READWRITE;
            })
        .setKey(ResponseWriter.bytes(permission.key()))
        .setRangeEnd(ResponseWriter.bytes(permission.rangeEnd()))
        .build();
  }

  @Override
  public void roleList(AuthRoleListRequest request, StreamObserver<AuthRoleListResponse> client) {
    new Reading<>(backend, client) {
      @Override
      AuthRoleListResponse response(Accounts accounts, ResponseHeader header) {
        return AuthRoleListResponse.newBuilder()
            .setHeader(header)
            .addAllRoles(accounts.roles().stream().map(Role::name).toList())
            .build();
      }
    }.start();
  }

  // ---- Signing in

  @Override
  public void authenticate(
      AuthenticateRequest request, StreamObserver<AuthenticateResponse> client) {
    new SignIn(request, client, 1).start();
  }

  /// One attempt: the accounts are read fresh, the password is compared, and the log takes the
  /// token if the accounts are still the same.
  private final class SignIn extends Unary<AuthenticateResponse> {
    private final AuthenticateRequest request;
    private final StreamObserver<AuthenticateResponse> client;
    private final int attempt;

    SignIn(AuthenticateRequest request, StreamObserver<AuthenticateResponse> client, int attempt) {
      super(AuthService.this.backend, client);
      this.request = request;
      this.client = client;
      this.attempt = attempt;
    }

    void start() {
      if (backend.readsAlone()) {
        compare();
      } else {
        backend.submit(new Request.Read(this));
      }
    }

    @Override
    protected void succeeded(Answer answer) {
      compare();
    }

    private void compare() {
      Accounts accounts = backend.accounts();
      if (!accounts.enabled()) {
        fail(ApiError.AUTH_NOT_ENABLED);
      } else if (!passwords.offer(() -> compare(accounts))) {
        fail(ApiError.TOO_MANY_REQUESTS);
      }
    }

    private void compare(Accounts accounts) {
      Optional<User> user = accounts.user(request.getName());
      if (user.isEmpty()) {
        passwords.matchNobody(request.getPassword());
        fail(ApiError.AUTH_FAILED);
      } else if (user.get().passwordless()) {
        fail(ApiError.PASSWORDLESS_USER);
      } else if (passwords.matches(request.getPassword(), user.get().passwordHash())) {
        propose(accounts.revision());
      } else {
        fail(ApiError.AUTH_FAILED);
      }
    }

    private void propose(long authRevision) {
      Tokens.Draft draft;
      try {
        draft = tokens.draft();
      } catch (UnsupportedOperationException verifiesOnly) {
        fail(ApiError.CANNOT_SIGN_TOKENS);
        return;
      }
      admission.admit(
          new AuthCommand.Authenticate(request.getName(), draft.digest(), authRevision),
          new Unary<>(backend, client) {
            @Override
            protected void answered(Answer answer) {
              boolean stale =
                  answer instanceof Answer.Applied(Outcome.Unauthorized(AuthRefusal reason))
                      && reason == AuthRefusal.OLD_REVISION;
              if (stale && attempt < MAX_SIGN_IN_ATTEMPTS) {
                new SignIn(request, client, attempt + 1).start();
              } else {
                super.answered(answer);
              }
            }

            @Override
            protected void succeeded(Answer answer) {
              if (answer instanceof Answer.Applied(Outcome.Authenticated done)) {
                respond(
                    AuthenticateResponse.newBuilder()
                        .setHeader(header(done.revision()))
                        .setToken(draft.finish(done))
                        .build());
              } else {
                throw Invariant.unreachable("signing in is answered by a token");
              }
            }
          });
    }
  }
}
