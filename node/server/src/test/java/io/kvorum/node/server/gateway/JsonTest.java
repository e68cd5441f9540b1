package io.kvorum.node.server.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.kvorum.node.proto.election.ElectionProto;
import io.kvorum.node.proto.etcd.EtcdProto;
import io.kvorum.node.proto.etcd.HashResponse;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.StatusResponse;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.lock.LockProto;
import io.kvorum.testkit.Seeds;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The JSON of messages: what is written can be read, and nothing that is sent breaks the reader.
final class JsonTest {

  private static final List<Message> PROTOTYPES =
      List.of(
          TxnRequest.getDefaultInstance(),
          TxnResponse.getDefaultInstance(),
          WatchRequest.getDefaultInstance(),
          WatchResponse.getDefaultInstance(),
          StatusResponse.getDefaultInstance(),
          HashResponse.getDefaultInstance());

  @Test
  void everyMessage_isReadAsItWasWritten() {
    Seeds.forEach(
        500,
        random -> {
          Message message = message(PROTOTYPES.get(random.nextInt(PROTOTYPES.size())), random, 4);
          byte[] json = MessageWriter.write(message).toByteArray();
          assertThat(MessageReader.read(json, message.getDefaultInstanceForType()))
              .as(new String(json, StandardCharsets.UTF_8))
              .isEqualTo(message);
        });
  }

  @Test
  void damagedJson_isRefusedOrRead() {
    Seeds.forEach(
        2_000,
        random -> {
          Message message = message(TxnRequest.getDefaultInstance(), random, 3);
          byte[] json = MessageWriter.write(message).toByteArray();
          for (int i = random.nextInt(4); i >= 0; i--) {
            json = damaged(json, random);
          }
          try {
            var _ = MessageReader.read(json, message.getDefaultInstanceForType());
          } catch (MalformedException refused) {
            assertThat(refused).hasMessageStartingWith("invalid JSON at byte ");
          }
        });
  }

  private static byte[] damaged(byte[] json, RandomGenerator random) {
    int at = random.nextInt(json.length + 1);
    byte[] signs = "{}[]\",:\\u00-1e9.tfn \u0000\u00ff".getBytes(StandardCharsets.ISO_8859_1);
    var damaged = new ByteArrayOutputStream();
    damaged.write(json, 0, at);
    switch (random.nextInt(3)) {
      case 0 -> damaged.write(signs[random.nextInt(signs.length)]);
      case 1 -> at = Math.min(json.length, at + 1 + random.nextInt(3));
      default -> at = random.nextInt(json.length + 1);
    }
    damaged.write(json, at, json.length - at);
    return damaged.toByteArray();
  }

  @Test
  void values_areCutOutOfAnyPieces() {
    Seeds.forEach(
        500,
        random -> {
          var values = new ArrayList<String>();
          var stream = new StringBuilder();
          for (int i = random.nextInt(5); i >= 0; i--) {
            Message message = message(WatchRequest.getDefaultInstance(), random, 2);
            values.add(MessageWriter.write(message).toStringUtf8());
            stream.append(" \n".repeat(random.nextInt(2))).append(values.getLast());
          }
          assertThat(cut(stream.toString().getBytes(StandardCharsets.UTF_8), random))
              .isEqualTo(values);
        });
  }

  private static List<String> cut(byte[] stream, RandomGenerator random) throws Exception {
    var frames = new JsonFrames(1 << 20);
    var values = new ArrayList<String>();
    for (int from = 0; from < stream.length; ) {
      int to = Math.min(stream.length, from + 1 + random.nextInt(20));
      frames.add(Arrays.copyOfRange(stream, from, to));
      for (byte[] value = frames.poll(); value != null; value = frames.poll()) {
        values.add(new String(value, StandardCharsets.UTF_8));
      }
      from = to;
    }
    assertThat(frames.rest()).isEmpty();
    return values;
  }

  @Test
  void tooLongValue_isNotKept() throws Exception {
    var frames = new JsonFrames(1_000);
    frames.add("[".repeat(1_000).getBytes(StandardCharsets.US_ASCII));
    assertThat(frames.poll()).isNull();
    frames.add(new byte[] {'['});
    assertThatThrownBy(frames::poll).isInstanceOf(JsonFrames.TooLongException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"key\":\"Zg==\"} | key: \"f\"",
        "{\"key\":\"Zg\",\"rangeEnd\":\"__8=\"} | key: \"f\" range_end: \"\\377\\377\"",
        "{\"limit\":\"7\",\"revision\":8,\"sort_order\":\"DESCEND\",\"sortTarget\":4}"
            + " | limit: 7 revision: 8 sort_order: DESCEND sort_target: VALUE",
        "{\"limit\":1e3,\"revision\":-9223372036854775808} | limit: 1000"
            + " revision: -9223372036854775808",
        "{\"keys_only\":true,\"key\":null,\"other\":[{\"a\":[]},\"b\",1.5,false]} | keys_only: true",
        "{\"key\":\"\\u005ag==\"} | key: \"f\"",
        "{\"limit\":1.5} | invalid value for the field limit",
        "{\"limit\":9223372036854775808} | invalid value for the field limit",
        "{\"limit\":1e999999999} | invalid value for the field limit",
        "{\"limit\":1e-999999999} | invalid value for the field limit",
        "{\"limit\":\"\"} | invalid value for the field limit",
        "{\"limit\":true} | invalid value for the field limit",
        "{\"limit\":01} | expected ,",
        "{\"sort_order\":\"descend\"} | invalid value for the field sort_order",
        "{\"keys_only\":\"true\"} | invalid value for the field keys_only",
        "{\"key\":\"%\"} | the field key is not base64",
        "{\"key\":\"Zg==\",\"key\":\"Zg==\"} | the field key is given twice",
        "{\"key\":\"Zg==\",} | expected \"",
        "{\"key\" \"Zg==\"} | expected :",
        "{key:\"Zg==\"} | expected \"",
        "{\"key\":\"\\uD800\"} | half a surrogate pair",
        "{\"key\":\"Zg== | unexpected end in a string",
        "{\"key\": | unexpected end",
        "[] | expected {",
        "null | expected {",
      })
  void request_isReadAsItsJsonSays(String json, String expected) {
    String actual;
    try {
      actual =
          MessageReader.read(
                  json.getBytes(StandardCharsets.UTF_8), RangeRequest.getDefaultInstance())
              .toString()
              .strip()
              .replace('\n', ' ');
    } catch (MalformedException refused) {
      actual = refused.getMessage();
    }
    assertThat(actual).contains(expected);
  }

  @Test
  void deepNesting_isRefused() {
    String deep = "{\"other\":" + "[".repeat(200_000);
    assertThatThrownBy(() ->
            MessageReader.read(
                deep.getBytes(StandardCharsets.US_ASCII), RangeRequest.getDefaultInstance()))
        .hasMessageEndingWith("nested too deeply");
  }

  @Test
  void everyRoute_callsAMethodOfTheProtocol() {
    var methods = new ArrayList<String>();
    for (var file :
        List.of(
            EtcdProto.getDescriptor(), LockProto.getDescriptor(), ElectionProto.getDescriptor())) {
      file.getServices()
          .forEach(service ->
              service
                  .getMethods()
                  .forEach(method -> methods.add(service.getFullName() + "/" + method.getName())));
    }
    methods.remove("etcdserverpb.KV/RangeStream");
    assertThat(methods).containsExactlyInAnyOrderElementsOf(new TreeSet<>(Routes.all().values()));
  }

  /// A message with random fields, nested up to a depth.
  private static Message message(Message prototype, RandomGenerator random, int depth) {
    Message.Builder builder = prototype.newBuilderForType();
    for (FieldDescriptor field : prototype.getDescriptorForType().getFields()) {
      if (random.nextBoolean() && (depth > 0 || field.getType() != FieldDescriptor.Type.MESSAGE)) {
        if (field.isRepeated()) {
          for (int i = random.nextInt(3); i > 0; i--) {
            builder.addRepeatedField(field, value(builder, field, random, depth));
          }
        } else {
          builder.setField(field, value(builder, field, random, depth));
        }
      }
    }
    return builder.build();
  }

  private static Object value(
      Message.Builder builder, FieldDescriptor field, RandomGenerator random, int depth) {
    return switch (field.getJavaType()) {
      case INT -> random.nextInt() >> random.nextInt(32);
      case LONG -> random.nextLong() >> random.nextInt(64);
      case BOOLEAN -> random.nextBoolean();
      case STRING -> text(random);
      case BYTE_STRING -> {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        yield ByteString.copyFrom(bytes);
      }
      case ENUM -> {
        var values = field.getEnumType().getValues();
        yield values.get(random.nextInt(values.size()));
      }
      case MESSAGE ->
          message(
              builder.newBuilderForField(field).build().getDefaultInstanceForType(),
              random,
              depth - 1);
      case FLOAT, DOUBLE -> throw new IllegalStateException("no message has such a field");
    };
  }

  private static String text(RandomGenerator random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(10); i > 0; i--) {
      text.append(
          List.of("a", "\"", "\\", "\n", "\u0001", "ä", "☃", "😀", "/").get(random.nextInt(9)));
    }
    return text.toString();
  }
}
