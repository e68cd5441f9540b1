package io.kvorum.node.server.grpcproxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.stub.MetadataUtils;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.RangeRequest;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Who is given a read that was kept.
@Timeout(60)
final class KeptReadsTest {

  private static final RangeRequest SERIALIZABLE =
      RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).setSerializable(true).build();

  @Test
  void whoInsistsOnALeader_isAnsweredByAMember() {
    try (var member = new ScriptedMember();
        var proxy = new TrialProxy(member)) {
      KVGrpc.KVBlockingStub anybody =
          KVGrpc.newBlockingStub(proxy.channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
      var _ = anybody.range(SERIALIZABLE);
      int before = member.reads.get();
      KVGrpc.KVBlockingStub strict =
          anybody.withInterceptors(
              MetadataUtils.newAttachHeadersInterceptor(ScriptedMember.leader()));
      var _ = strict.range(SERIALIZABLE);
      var _ = strict.range(SERIALIZABLE);
      assertThat(member.reads.get()).isEqualTo(before + 2);
    }
  }
}
