package io.kvorum.node.server.front;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.PutResponse;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLSession;

/// Just enough of a key-value service for real clients: put one key, get one key. The key `whoami`
/// answers with the TLS protocol and the number of certificates the caller has shown.
final class TrialKv extends KVGrpc.KVImplBase {

  private static final Context.Key<String> CALLER = Context.key("caller");

  private final Map<ByteString, ByteString> values = new ConcurrentHashMap<>();

  ServerServiceDefinition definition() {
    return ServerInterceptors.intercept(this, new CallerInterceptor());
  }

  @Override
  public void put(PutRequest request, StreamObserver<PutResponse> observer) {
    values.put(request.getKey(), request.getValue());
    observer.onNext(PutResponse.newBuilder().setHeader(header()).build());
    observer.onCompleted();
  }

  @Override
  public void range(RangeRequest request, StreamObserver<RangeResponse> observer) {
    ByteString value =
        request.getKey().toStringUtf8().equals("whoami")
            ? ByteString.copyFromUtf8(CALLER.get())
            : values.get(request.getKey());
    RangeResponse.Builder response = RangeResponse.newBuilder().setHeader(header());
    if (value != null) {
      response.setCount(1).addKvs(KeyValue.newBuilder().setKey(request.getKey()).setValue(value));
    }
    observer.onNext(response.build());
    observer.onCompleted();
  }

  private ResponseHeader header() {
    return ResponseHeader.newBuilder().setClusterId(0xc1).setMemberId(1).setRevision(7).build();
  }

  private static final class CallerInterceptor implements ServerInterceptor {
    @Override
    public <A, B> ServerCall.Listener<A> interceptCall(
        ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
      SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
      String caller = session == null ? "plaintext" : session.getProtocol() + certificates(session);
      return Contexts.interceptCall(
          Context.current().withValue(CALLER, caller), call, headers, next);
    }

    private static String certificates(SSLSession session) {
      try {
        return " " + session.getPeerCertificates().length;
      } catch (javax.net.ssl.SSLPeerUnverifiedException _) {
        return " 0";
      }
    }
  }
}
