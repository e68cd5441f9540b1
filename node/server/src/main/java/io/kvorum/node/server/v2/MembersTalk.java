package io.kvorum.node.server.v2;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.MemberAddRequest;
import io.kvorum.node.proto.etcd.MemberAddResponse;
import io.kvorum.node.proto.etcd.MemberRemoveRequest;
import io.kvorum.node.proto.etcd.MemberUpdateRequest;
import io.kvorum.node.server.api.ApiError;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.api.ClusterService;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpCall;
import io.kvorum.node.server.http.HttpReply;
import io.kvorum.node.server.http.JsonText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A request below `/v2/members` that changes the members.
final class MembersTalk extends Body {

  private final Backend backend;
  private final ClusterService members;
  private final HttpCall call;
  private final String id;
  private boolean closed;

  /// @param id what stands behind `/v2/members/`
  MembersTalk(
      Backend backend,
      ClusterService members,
      HttpCall call,
      String id,
      HttpReply reply,
      Limits limits) {
    super(reply, limits);
    this.backend = backend;
    this.members = members;
    this.call = call;
    this.id = id;
  }

  @Override
  protected void tooLong() {
    respond(message(400, "http: request body too large"));
  }

  @Override
  protected void left() {
    closed = true;
  }

  @Override
  protected void whole(byte[] body) {
    switch (call.method()) {
      case "POST" -> urls(body, this::add);
      case "PUT" -> {
        Long member = memberId();
        if (member != null) {
          urls(body, urls -> update(member, urls));
        }
      }
      default -> {
        Long member = memberId();
        if (member != null) {
          remove(member);
        }
      }
    }
  }

  private @Nullable Long memberId() {
    if (id.isEmpty()) {
      respond(HttpAnswer.text(405, "Method Not Allowed\n"));
      return null;
    }
    Long member = parsedId();
    if (member == null) {
      respond(unknown());
    }
    return member;
  }

  private @Nullable Long parsedId() {
    try {
      return Long.parseUnsignedLong(id, 16);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private HttpAnswer unknown() {
    Long member = parsedId();
    return member != null && backend.cluster().isRemoved(new MemberId(member))
        ? message(410, "Member permanently removed: " + id)
        : message(404, "No such member: " + id);
  }

  /// Reads `{"peerURLs": [...]}`.
  private void urls(byte[] body, Consumer<List<String>> next) {
    String type = call.header("content-type");
    int semicolon = type.indexOf(';');
    if (semicolon >= 0) {
      type = type.substring(0, semicolon).toLowerCase(Locale.ROOT).strip();
    }
    if (!type.equals("application/json")) {
      respond(message(415, "Bad Content-Type " + type + ", accept application/json"));
      return;
    }
    var urls = new ArrayList<String>();
    try {
      JsonElement json = JsonParser.parseString(new String(body, StandardCharsets.UTF_8));
      JsonElement list = json.isJsonObject() ? json.getAsJsonObject().get("peerURLs") : null;
      if (list == null || !list.isJsonArray()) {
        respond(message(400, "the body must hold {\"peerURLs\": [\"http://host:port\"]}"));
        return;
      }
      list.getAsJsonArray().forEach(url -> urls.add(url.getAsString()));
    } catch (JsonParseException | IllegalStateException | UnsupportedOperationException malformed) {
      respond(message(400, "the body is not JSON: " + malformed.getMessage()));
      return;
    }
    next.accept(urls);
  }

  private void add(List<String> urls) {
    var request = MemberAddRequest.newBuilder().addAllPeerURLs(urls).build();
    members.memberAdd(
        request,
        new Answered<MemberAddResponse>(response ->
            respond(HttpAnswer.of(201, HttpAnswer.JSON, json(response.getMember()) + "\n"))));
  }

  private void update(long member, List<String> urls) {
    var request = MemberUpdateRequest.newBuilder().setID(member).addAllPeerURLs(urls).build();
    members.memberUpdate(request, new Answered<>(_ -> respond(HttpAnswer.empty(204))));
  }

  private void remove(long member) {
    var request = MemberRemoveRequest.newBuilder().setID(member).build();
    members.memberRemove(request, new Answered<>(_ -> respond(HttpAnswer.empty(204))));
  }

  private static String json(Member member) {
    return json(
        member.getID(), member.getName(), member.getPeerURLsList(), member.getClientURLsList());
  }

  static String json(
      long id, String name, Collection<String> peerUrls, Collection<String> clientUrls) {
    return "{\"id\":\"%s\",\"name\":%s,\"peerURLs\":%s,\"clientURLs\":%s}"
        .formatted(
            Stats.id(id), JsonText.quote(name), JsonText.list(peerUrls), JsonText.list(clientUrls));
  }

  static HttpAnswer message(int status, String text) {
    return HttpAnswer.of(status, HttpAnswer.JSON, "{\"message\":" + JsonText.quote(text) + "}");
  }

  private void respond(HttpAnswer answer) {
    if (!closed) {
      closed = true;
      reply.answer(answer.with(List.of(V2Api.clusterId(backend))));
    }
  }

  /// What comes of the call of the API that does it.
  private final class Answered<T> implements StreamObserver<T> {
    private final Consumer<T> done;

    Answered(Consumer<T> done) {
      this.done = done;
    }

    @Override
    public void onNext(T response) {
      done.accept(response);
    }

    @Override
    public void onError(Throwable failure) {
      String text = Status.fromThrowable(failure).getDescription();
      respond(refusal(text == null ? "" : text));
    }

    @Override
    public void onCompleted() {}

    private HttpAnswer refusal(String text) {
      if (text.equals(ApiError.MEMBER_NOT_FOUND.text())) {
        return unknown();
      }
      if (text.equals(ApiError.MEMBER_EXISTS.text())) {
        return message(409, "membership: ID exists");
      }
      return text.equals(ApiError.PEER_URL_EXISTS.text())
          ? message(409, "membership: peerURL exists")
          : message(500, text.isEmpty() ? "Internal Server Error" : text);
    }
  }
}
