package io.kvorum.suite.hostile;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.Compare;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchRequest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/// What a hostile client sends on one connection, from random numbers alone.
enum Attack {
  NOISE {
    @Override
    byte[] bytes(RandomGenerator random) {
      return noise(random, 5_000);
    }
  },
  HTTP1 {
    @Override
    byte[] bytes(RandomGenerator random) {
      var text = new StringBuilder();
      for (int i = random.nextInt(30); i >= 0; i--) {
        text.append(PARTS.get(random.nextInt(PARTS.size())));
      }
      return ascii(text.toString());
    }
  },
  HEADER_FLOOD {
    @Override
    byte[] bytes(RandomGenerator random) {
      var text = new StringBuilder("POST /v3/kv/put HTTP/1.1\r\n");
      for (int i = random.nextInt(5_000); i >= 0; i--) {
        text.append("x-").append(i).append(": ").append("y".repeat(random.nextInt(40)));
        text.append("\r\n");
      }
      return ascii(text.toString());
    }
  },
  JSON {
    @Override
    byte[] bytes(RandomGenerator random) {
      byte[] body = damaged(ascii(JSON_BODY), random);
      String path =
          List.of("kv/txn", "watch", "kv/range", "lease/keepalive").get(random.nextInt(4));
      return joined(
          ascii(
              "POST /v3/"
                  + path
                  + " HTTP/1.1\r\nHost: a\r\nContent-Length: "
                  + body.length
                  + "\r\n\r\n"),
          body);
    }
  },
  JSON_FLOOD {
    @Override
    byte[] bytes(RandomGenerator random) {
      return ascii(
          "POST /v3/watch HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\n"
              + List.of("{\"create_request\":{}}", "[", "{\"a\":", "{}", " ")
                  .get(random.nextInt(5))
                  .repeat(20_000));
    }
  },
  FRAMES {
    @Override
    byte[] bytes(RandomGenerator random) {
      var http2 = new Http2Bytes();
      for (int i = random.nextInt(50); i >= 0; i--) {
        http2.frame(random.nextInt(12), random.nextInt(256), random.nextInt(8), noise(random, 300));
      }
      return http2.bytes();
    }
  },
  MESSAGES {
    @Override
    byte[] bytes(RandomGenerator random) {
      var http2 = new Http2Bytes();
      for (int stream = 1; stream < 40; stream += 2) {
        byte[] message = damaged(random.nextBoolean() ? TXN : WATCH, random);
        long claimed =
            switch (random.nextInt(4)) {
              case 0 -> 0xFFFF_FFFFL;
              case 1 -> message.length + (long) random.nextInt(1_000_000);
              default -> message.length;
            };
        int last = random.nextBoolean() ? Http2Bytes.END_STREAM : 0;
        http2
            .call(stream, METHODS.get(random.nextInt(METHODS.size())), List.of())
            .message(stream, random.nextInt(8) == 0 ? 1 : 0, claimed, message, last);
      }
      return http2.bytes();
    }
  },
  METADATA_FLOOD {
    @Override
    byte[] bytes(RandomGenerator random) {
      var http2 = new Http2Bytes();
      for (int stream = 1; stream < 20; stream += 2) {
        var headers = new ArrayList<String>();
        for (int i = random.nextInt(60); i >= 0; i--) {
          headers.add(random.nextInt(5) == 0 ? "Bad Name" : "token");
          headers.add("v".repeat(random.nextInt(250)));
        }
        http2.call(stream, METHODS.get(random.nextInt(METHODS.size())), headers);
      }
      return http2.bytes();
    }
  },
  CONTINUATION_FLOOD {
    @Override
    byte[] bytes(RandomGenerator random) {
      var http2 = new Http2Bytes().frame(Http2Bytes.HEADERS, 0, 1, new byte[0]);
      int length = random.nextInt(2) * 100;
      for (int i = 0; i < 5_000; i++) {
        http2.frame(Http2Bytes.CONTINUATION, 0, 1, new byte[length]);
      }
      return http2.bytes();
    }
  },
  RAPID_RESET {
    @Override
    byte[] bytes(RandomGenerator random) {
      var http2 = new Http2Bytes();
      for (int stream = 1; stream < 4_000; stream += 2) {
        http2
            .call(stream, METHODS.get(random.nextInt(METHODS.size())), List.of())
            .frame(Http2Bytes.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
      }
      return http2.bytes();
    }
  },
  CONTROL_FLOOD {
    @Override
    byte[] bytes(RandomGenerator random) {
      var http2 = new Http2Bytes();
      int type =
          List.of(Http2Bytes.SETTINGS, Http2Bytes.PING, Http2Bytes.WINDOW_UPDATE)
              .get(random.nextInt(3));
      int length = type == Http2Bytes.PING ? 8 : type == Http2Bytes.SETTINGS ? 0 : 4;
      byte[] payload = new byte[length];
      if (type == Http2Bytes.WINDOW_UPDATE) {
        payload[0] = 0x7F;
      }
      for (int i = 0; i < 5_000; i++) {
        http2.frame(type, 0, 0, payload);
      }
      return http2.bytes();
    }
  };

  private static final String JSON_BODY =
      "{\"compare\":[{\"target\":\"VALUE\",\"key\":\"Zm9v\",\"value\":\"YmF6\"}],"
          + "\"success\":[{\"request_put\":{\"key\":\"Zm9v\",\"value\":\"bmV3\"}}],"
          + "\"create_request\":{\"key\":\"Zm9v\",\"start_revision\":\"1\"},\"key\":\"Zm9v\"}";

  private static final List<String> PARTS =
      List.of(
          "GET /health HTTP/1.1\r\n",
          "POST /v3/kv/put HTTP/1.1\r\n",
          "PRI * HTTP/2.0\r\n\r\n",
          "Host: a\r\n",
          "Content-Length: 5\r\n",
          "Content-Length: -1\r\n",
          "Content-Length: 99999999999999999999\r\n",
          "Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding: identity, chunked\r\n",
          "Expect: 100-continue\r\n",
          "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
          "\r\n",
          "{}",
          "5\r\nhello\r\n",
          "FFFFFFFFFFFFFFFF\r\n",
          "0\r\n\r\n",
          "\u0000",
          " ");

  private static final List<String> METHODS =
      List.of(
          "etcdserverpb.KV/Range",
          "etcdserverpb.KV/Txn",
          "etcdserverpb.Watch/Watch",
          "etcdserverpb.Lease/LeaseKeepAlive",
          "etcdserverpb.Maintenance/Status",
          "etcdserverpb.Nothing/AtAll",
          "");

  private static final byte[] TXN =
      TxnRequest.newBuilder()
          .addCompare(Compare.newBuilder().setKey(bytes("foo")).setVersion(1))
          .addSuccess(
              RequestOp.newBuilder()
                  .setRequestPut(PutRequest.newBuilder().setKey(bytes("foo")).setValue(bytes("b"))))
          .build()
          .toByteArray();

  private static final byte[] WATCH =
      WatchRequest.newBuilder()
          .setCreateRequest(
              WatchCreateRequest.newBuilder().setKey(bytes("foo")).setStartRevision(1))
          .build()
          .toByteArray();

  /// The bytes of a connection.
  abstract byte[] bytes(RandomGenerator random);

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static byte[] noise(RandomGenerator random, int most) {
    byte[] noise = new byte[random.nextInt(most)];
    random.nextBytes(noise);
    return noise;
  }

  /// The bytes with some of them changed, left out or repeated.
  private static byte[] damaged(byte[] bytes, RandomGenerator random) {
    byte[] damaged = bytes.clone();
    for (int i = random.nextInt(4); i > 0; i--) {
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
    }
    int at = random.nextInt(damaged.length);
    return switch (random.nextInt(4)) {
      case 0 -> Arrays.copyOf(damaged, at);
      case 1 -> joined(damaged, Arrays.copyOf(damaged, at));
      default -> damaged;
    };
  }

  private static byte[] joined(byte[] first, byte[] second) {
    var joined = new ByteArrayOutputStream();
    joined.writeBytes(first);
    joined.writeBytes(second);
    return joined.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
