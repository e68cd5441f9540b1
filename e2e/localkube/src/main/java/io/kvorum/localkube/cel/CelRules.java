package io.kvorum.localkube.cel;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.CelType;
import dev.cel.common.types.OptionalType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.FieldError;
import io.kvorum.localkube.schema.Schema;
import io.kvorum.localkube.schema.Schema.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The CEL rules of one resource's schema, compiled with the types that the schema gives.
///
/// Compiling loads a large library, so it happens only for definitions that have rules.
public final class CelRules {

  private static final CelOptions OPTIONS =
      CelOptions.current()
          .enableHeterogeneousNumericComparisons(true)
          .enableOptionalSyntax(true)
          .build();

  private static final Pattern OLD_SELF = Pattern.compile("\\boldSelf\\b");

  /// A rule ready to run.
  private record Compiled(
      Rule rule,
      boolean transition,
      CelRuntime.Program condition,
      CelRuntime.@Nullable Program message) {}

  private final CelRuntime runtime =
      CelRuntimeFactory.standardCelRuntimeBuilder()
          .setOptions(OPTIONS)
          .addLibraries(
              CelExtensions.strings(),
              CelExtensions.optional(),
              CelExtensions.sets(OPTIONS),
              CelExtensions.math(2),
              new KubernetesLibrary())
          .build();

  /// By identity: equal schemas at two places are two schemas.
  private final IdentityHashMap<Schema, List<Compiled>> compiled = new IdentityHashMap<>();

  private final List<FieldError> mistakes = new ArrayList<>();

  private final Schema schema;

  private CelRules(Schema schema) {
    this.schema = schema;
  }

  /// Compiles all rules of a schema; mistakes are kept and named by `mistakes`.
  public static CelRules compile(Schema schema, String path) {
    var rules = new CelRules(schema);
    rules.compileAll(schema, path, "Self");
    return rules;
  }

  /// True when the schema, or a part of it, has rules.
  public static boolean in(@Nullable Schema schema) {
    if (schema == null) {
      return false;
    }
    return !schema.rules().isEmpty()
        || schema.properties().values().stream().anyMatch(CelRules::in)
        || in(schema.items())
        || in(schema.values());
  }

  public List<FieldError> mistakes() {
    return mistakes;
  }

  /// Runs the rules on a value; `before` is null on creation, or where nothing corresponds.
  public List<FieldError> check(JsonNode value, @Nullable JsonNode before) {
    var errors = new ArrayList<FieldError>();
    visit(value, before, schema, "", errors);
    return errors;
  }

  private void compileAll(Schema schema, String path, String type) {
    if (!schema.rules().isEmpty()) {
      var list = new ArrayList<Compiled>();
      for (int i = 0; i < schema.rules().size(); i++) {
        compileOne(schema, i, path, type).ifPresent(list::add);
      }
      compiled.put(schema, list);
    }
    schema
        .properties()
        .forEach((name, field) ->
            compileAll(field, path + ".properties[" + name + "]", type + "." + name));
    if (schema.items() != null) {
      compileAll(schema.items(), path + ".items", type + ".@items");
    }
    if (schema.values() != null) {
      compileAll(schema.values(), path + ".additionalProperties", type + ".@values");
    }
  }

  private Optional<Compiled> compileOne(Schema schema, int index, String path, String type) {
    Rule rule = schema.rules().get(index);
    String where = path + ".x-kubernetes-validations[" + index + "].rule";
    try {
      CelCompiler compiler = compiler(schema, rule, type);
      CelRuntime.Program condition = runtime.createProgram(compiler.compile(rule.rule()).getAst());
      CelRuntime.Program message =
          rule.messageExpression().isEmpty()
              ? null
              : runtime.createProgram(compiler.compile(rule.messageExpression()).getAst());
      boolean transition = OLD_SELF.matcher(rule.rule()).find();
      return Optional.of(new Compiled(rule, transition, condition, message));
    } catch (CelValidationException | CelEvaluationException e) {
      mistakes.add(FieldError.invalid(where, rule.rule(), "compilation failed: " + e.getMessage()));
      return Optional.empty();
    }
  }

  private static CelCompiler compiler(Schema schema, Rule rule, String name) {
    var types = new CelTypes();
    CelType self = types.type(schema, name);
    CelType old = rule.optionalOldSelf() ? OptionalType.create(self) : self;
    return CelCompilerFactory.standardCelCompilerBuilder()
        .setOptions(OPTIONS)
        .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
        .setTypeProvider(types)
        .addVar("self", self)
        .addVar("oldSelf", old)
        .addLibraries(
            CelExtensions.strings(),
            CelExtensions.optional(),
            CelExtensions.sets(OPTIONS),
            CelExtensions.math(2),
            new KubernetesLibrary())
        .build();
  }

  private void visit(
      JsonNode value,
      @Nullable JsonNode before,
      Schema schema,
      String path,
      List<FieldError> errors) {
    if (value.isNull()) {
      return;
    }
    for (Compiled rule : compiled.getOrDefault(schema, List.of())) {
      judge(rule, value, before, schema, path).ifPresent(errors::add);
    }
    if (value.isObject()) {
      for (Map.Entry<String, JsonNode> field : Json.fields(value)) {
        Schema type = schema.field(field.getKey());
        if (type != null) {
          String here = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
          visit(field.getValue(), Json.at(before, field.getKey()), type, here, errors);
        }
      }
    } else if (value.isArray() && schema.items() != null) {
      for (int i = 0; i < value.size(); i++) {
        JsonNode old = corresponding(value.get(i), before, schema);
        visit(value.get(i), old, schema.items(), path + "[" + i + "]", errors);
      }
    }
  }

  /// The element of the old list that an element continues; only keyed lists have one.
  private static @Nullable JsonNode corresponding(
      JsonNode item, @Nullable JsonNode before, Schema schema) {
    if (!schema.merge().map() || before == null) {
      return null;
    }
    for (JsonNode old : before) {
      if (schema.merge().keys().stream().allMatch(k -> Json.same(old.get(k), item.get(k)))) {
        return old;
      }
    }
    return null;
  }

  private Optional<FieldError> judge(
      Compiled compiled, JsonNode value, @Nullable JsonNode before, Schema schema, String path) {
    boolean optional = compiled.rule().optionalOldSelf();
    if (compiled.transition() && before == null && !optional) {
      return Optional.empty();
    }
    var variables = new HashMap<String, Object>();
    variables.put("self", CelTypes.value(value, schema));
    Optional<Object> old =
        before == null ? Optional.empty() : Optional.of(CelTypes.value(before, schema));
    if (optional) {
      variables.put("oldSelf", old);
    } else {
      old.ifPresent(o -> variables.put("oldSelf", o));
    }
    try {
      return Boolean.TRUE.equals(compiled.condition().eval(variables))
          ? Optional.empty()
          : Optional.of(error(compiled, variables, value, path));
    } catch (CelEvaluationException e) {
      return Optional.of(
          FieldError.invalid(path, value, "rule evaluation error: " + e.getMessage()));
    }
  }

  private static FieldError error(
      Compiled compiled, Map<String, Object> variables, JsonNode value, String path) {
    Rule rule = compiled.rule();
    String message = message(compiled, variables);
    String at = rule.fieldPath().isEmpty() ? path : path + rule.fieldPath();
    String where = at.startsWith(".") ? at.substring(1) : at;
    return switch (rule.reason()) {
      case "FieldValueForbidden" -> FieldError.forbidden(where, message);
      case "FieldValueRequired" -> FieldError.required(where, message);
      case "FieldValueDuplicate" -> FieldError.duplicate(where, value);
      default -> FieldError.invalid(where.isEmpty() ? "<nil>" : where, value, message);
    };
  }

  private static String message(Compiled compiled, Map<String, Object> variables) {
    if (compiled.message() != null) {
      try {
        return String.valueOf(compiled.message().eval(variables)).strip();
      } catch (CelEvaluationException e) {
        return "failed rule: " + compiled.rule().rule();
      }
    }
    String fixed = compiled.rule().message();
    return fixed.isEmpty() ? "failed rule: " + compiled.rule().rule() : fixed.strip();
  }
}
