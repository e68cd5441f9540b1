package io.kvorum.node.server.grpcproxy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.MemberListResponse;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.mvcc.KeyValue;
import io.kvorum.node.server.config.RelayConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/// Answers who the members are, to clients that are to come through proxies: the proxies that are
/// registered, or this one alone.
final class MemberLists implements ServerCallHandler<Frame, Frame> {

  private final Channel members;
  private final Namespace namespace;
  private final String advertised;
  private final Optional<RelayConfig.Registration> registration;

  MemberLists(
      Channel members,
      Namespace namespace,
      String advertised,
      Optional<RelayConfig.Registration> registration) {
    this.members = members;
    this.namespace = namespace;
    this.advertised = advertised;
    this.registration = registration;
  }

  @Override
  public ServerCall.Listener<Frame> startCall(ServerCall<Frame, Frame> call, Metadata headers) {
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onHalfClose() {
        if (registration.isPresent()) {
          ask(call, headers, registration.get().prefix());
        } else {
          answer(call, alone(ResponseHeader.getDefaultInstance()));
        }
      }
    };
  }

  /// The name of this machine, by which etcd's proxies go, too.
  static String hostname() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  private MemberListResponse alone(ResponseHeader header) {
    return MemberListResponse.newBuilder()
        .setHeader(header)
        .addMembers(Member.newBuilder().setName(hostname()).addClientURLs(advertised))
        .build();
  }

  private static void answer(ServerCall<Frame, Frame> call, MemberListResponse answer) {
    call.sendHeaders(new Metadata());
    call.sendMessage(Frame.of(answer.toByteArray()));
    call.close(Status.OK, new Metadata());
  }

  private void ask(ServerCall<Frame, Frame> call, Metadata headers, String prefix) {
    ByteString first = ByteString.copyFromUtf8(prefix + "/");
    ByteString behind = ByteString.copyFromUtf8(prefix + "0");
    ClientCall<RangeRequest, RangeResponse> read =
        members.newCall(KVGrpc.getRangeMethod(), CallOptions.DEFAULT);
    read.start(
        new ClientCall.Listener<>() {
          private MemberListResponse answer = MemberListResponse.getDefaultInstance();

          @Override
          public void onMessage(RangeResponse range) {
            answer = listed(range);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            if (status.isOk()) {
              answer(call, answer);
            } else {
              call.close(status, trailers);
            }
          }
        },
        Identity.of(headers).headers());
    read.request(2);
    read.sendMessage(
        namespace.in(RangeRequest.newBuilder().setKey(first).setRangeEnd(behind).build()));
    read.halfClose();
  }

  private MemberListResponse listed(RangeResponse range) {
    var answer = MemberListResponse.newBuilder().setHeader(range.getHeader());
    for (KeyValue pair : range.getKvsList()) {
      member(pair.getValue()).ifPresent(answer::addMembers);
    }
    return answer.getMembersCount() == 0 ? alone(range.getHeader()) : answer.build();
  }

  /// What a proxy wrote when it registered; empty if that was something else.
  private static Optional<Member> member(ByteString value) {
    try {
      JsonElement update = JsonParser.parseString(value.toStringUtf8());
      String address = text(update, "Addr");
      JsonElement about = JsonParser.parseString(text(update, "Metadata"));
      return Optional.of(
          Member.newBuilder().setName(text(about, "name")).addClientURLs(address).build());
    } catch (JsonParseException e) {
      return Optional.empty();
    }
  }

  private static String text(JsonElement element, String name) {
    if (element instanceof JsonObject object
        && object.get(name) instanceof JsonPrimitive text
        && text.isString()) {
      return text.getAsString();
    }
    throw new JsonParseException("no text " + name);
  }

  /// What stands behind the key of a registered proxy, as etcd's clients read it.
  static String value(String advertised) {
    var about = new JsonObject();
    about.addProperty("name", hostname());
    var update = new JsonObject();
    update.addProperty("Op", 0);
    update.addProperty("Addr", advertised);
    update.addProperty("Metadata", about.toString());
    return update.toString();
  }
}
