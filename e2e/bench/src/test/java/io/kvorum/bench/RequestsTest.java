package io.kvorum.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestsTest {

  private static final Keys TEN_KEYS = new Keys(4, 10, true);

  private static List<String> putKeys(TxnRequest txn) {
    return txn.getSuccessList().stream()
        .map(RequestOp::getRequestPut)
        .map(put -> put.getKey().toStringUtf8())
        .toList();
  }

  @Test
  void aTransactionHasKeysInARow() throws Exception {
    TxnRequest txn = TxnRequest.parseFrom(Requests.putTxn(TEN_KEYS, 3, 5).request(8));

    assertThat(putKeys(txn)).containsExactly("0008", "0009", "0000");
  }

  @Test
  void whatIsPutIsComparedFirst() throws Exception {
    TxnRequest txn = TxnRequest.parseFrom(Requests.compareTxn(TEN_KEYS, 2, 5).request(3));

    assertThat(txn.getCompareList())
        .extracting(compare -> compare.getKey().toStringUtf8())
        .containsExactly("0003", "0004");
    assertThat(putKeys(txn)).containsExactly("0003", "0004");
  }

  @Test
  void aStampIsTheMomentOfSending() throws Exception {
    long before = System.nanoTime();

    var put = PutRequest.parseFrom(Requests.stampedPut(TEN_KEYS, 16, _ -> {}).request(7));

    long stamp =
        ByteBuffer.wrap(put.getValue().toByteArray()).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat(stamp).isBetween(before, System.nanoTime());
    assertThat(put.getKey().toStringUtf8()).isEqualTo("0007");
    assertThat(put.getValue().size()).isEqualTo(16);
  }

  @Test
  void moreKeysThanThereAreAreRefused() {
    assertThatThrownBy(() -> Requests.putTxn(TEN_KEYS, 11, 5))
        .hasMessage("--key-space-size is 10; a request of 11 different keys needs as many");
    assertThatThrownBy(() -> Requests.stampedPut(TEN_KEYS, 7, _ -> {}))
        .hasMessage("--val-size is 7; the moment of the put needs 8 bytes");
  }
}
