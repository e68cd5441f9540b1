package io.kvorum.localkube.cel;

import dev.cel.checker.CelCheckerBuilder;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompilerLibrary;
import dev.cel.parser.CelParserBuilder;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntimeBuilder;
import dev.cel.runtime.CelRuntimeLibrary;
import io.kvorum.localkube.schema.Quantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The functions that Kubernetes adds to CEL: quantities, regular expressions, lists.
@SuppressWarnings("Immutable") // functions here keep no state
final class KubernetesLibrary implements CelCompilerLibrary, CelRuntimeLibrary {

  private static final CelType QUANTITY = OpaqueType.create("kubernetes.Quantity");
  private static final CelType TEXTS = ListType.create(SimpleType.STRING);
  private static final CelType ANY_LIST = ListType.create(SimpleType.DYN);

  private final List<CelFunctionDecl> declarations = new ArrayList<>();
  private final List<CelFunctionBinding> bindings = new ArrayList<>();

  KubernetesLibrary() {
    quantities();
    patterns();
    lists();
  }

  private void quantities() {
    global("quantity", QUANTITY, SimpleType.STRING);
    bindings.add(CelFunctionBinding.from("quantity", String.class, KubernetesLibrary::quantity));
    global("isQuantity", SimpleType.BOOL, SimpleType.STRING);
    bindings.add(
        CelFunctionBinding.from(
            "isQuantity", String.class, text -> Quantity.parse(text).isPresent()));
    compare("isGreaterThan", (a, b) -> a.compareTo(b) > 0);
    compare("isLessThan", (a, b) -> a.compareTo(b) < 0);
    member("compareTo", SimpleType.INT, QUANTITY, QUANTITY);
    bindings.add(
        CelFunctionBinding.from(
            "compareTo", Quantity.class, Quantity.class, (a, b) -> (long) a.compareTo(b)));
    arithmetic("add", BigDecimal::add);
    arithmetic("sub", BigDecimal::subtract);
    member("sign", SimpleType.INT, QUANTITY);
    bindings.add(CelFunctionBinding.from("sign", Quantity.class, q -> (long) q.value().signum()));
    member("isInteger", SimpleType.BOOL, QUANTITY);
    bindings.add(
        CelFunctionBinding.from(
            "isInteger", Quantity.class, q -> q.value().stripTrailingZeros().scale() <= 0));
    member("asInteger", SimpleType.INT, QUANTITY);
    bindings.add(
        CelFunctionBinding.from("asInteger", Quantity.class, q -> q.value().longValueExact()));
    member("asApproximateFloat", SimpleType.DOUBLE, QUANTITY);
    bindings.add(
        CelFunctionBinding.from(
            "asApproximateFloat", Quantity.class, q -> q.value().doubleValue()));
  }

  private static Quantity quantity(String text) {
    return Quantity.parse(text)
        .orElseThrow(() -> new IllegalArgumentException("not a quantity: \"" + text + "\""));
  }

  private interface Comparison {
    boolean holds(Quantity a, Quantity b);
  }

  private interface Arithmetic {
    BigDecimal of(BigDecimal a, BigDecimal b);
  }

  private void compare(String name, Comparison comparison) {
    member(name, SimpleType.BOOL, QUANTITY, QUANTITY);
    bindings.add(CelFunctionBinding.from(name, Quantity.class, Quantity.class, comparison::holds));
  }

  private void arithmetic(String name, Arithmetic arithmetic) {
    declarations.add(
        CelFunctionDecl.newFunctionDeclaration(
            name,
            CelOverloadDecl.newMemberOverload(name, QUANTITY, QUANTITY, QUANTITY),
            CelOverloadDecl.newMemberOverload(name + "_int", QUANTITY, QUANTITY, SimpleType.INT)));
    bindings.add(
        CelFunctionBinding.from(
            name,
            Quantity.class,
            Quantity.class,
            (a, b) -> new Quantity(arithmetic.of(a.value(), b.value()))));
    bindings.add(
        CelFunctionBinding.from(
            name + "_int",
            Quantity.class,
            Long.class,
            (a, b) -> new Quantity(arithmetic.of(a.value(), BigDecimal.valueOf(b)))));
  }

  private void patterns() {
    member("find", SimpleType.STRING, SimpleType.STRING, SimpleType.STRING);
    bindings.add(
        CelFunctionBinding.from(
            "find",
            String.class,
            String.class,
            (text, pattern) -> {
              Matcher found = Pattern.compile(pattern).matcher(text);
              return found.find() ? found.group() : "";
            }));
    member("findAll", TEXTS, SimpleType.STRING, SimpleType.STRING);
    bindings.add(
        CelFunctionBinding.from(
            "findAll",
            String.class,
            String.class,
            (text, pattern) ->
                Pattern.compile(pattern).matcher(text).results().map(r -> r.group()).toList()));
  }

  private void lists() {
    member("isSorted", SimpleType.BOOL, ANY_LIST);
    bindings.add(
        CelFunctionBinding.from(
            "isSorted", List.class, list -> sorted(list).equals(new ArrayList<Object>(list))));
    member("sum", SimpleType.DYN, ANY_LIST);
    bindings.add(CelFunctionBinding.from("sum", List.class, KubernetesLibrary::sum));
    member("min", SimpleType.DYN, ANY_LIST);
    bindings.add(CelFunctionBinding.from("min", List.class, list -> sorted(list).getFirst()));
    member("max", SimpleType.DYN, ANY_LIST);
    bindings.add(CelFunctionBinding.from("max", List.class, list -> sorted(list).getLast()));
    declarations.add(
        CelFunctionDecl.newFunctionDeclaration(
            "indexOf",
            CelOverloadDecl.newMemberOverload(
                "indexOf_list", SimpleType.INT, ANY_LIST, SimpleType.DYN)));
    bindings.add(
        CelFunctionBinding.from(
            "indexOf_list", List.class, Object.class, (list, item) -> (long) list.indexOf(item)));
  }

  private static List<Object> sorted(List<?> list) {
    var sorted = new ArrayList<Object>(list);
    Collections.sort(sorted, KubernetesLibrary.naturally());
    return sorted;
  }

  @SuppressWarnings("unchecked")
  private static Comparator<Object> naturally() {
    return (a, b) -> ((Comparable<Object>) a).compareTo(b);
  }

  private static Object sum(List<?> list) {
    if (list.stream().allMatch(Long.class::isInstance)) {
      return list.stream().mapToLong(each -> (Long) each).sum();
    }
    return list.stream().mapToDouble(each -> ((Number) each).doubleValue()).sum();
  }

  private void global(String name, CelType result, CelType... parameters) {
    declarations.add(
        CelFunctionDecl.newFunctionDeclaration(
            name, CelOverloadDecl.newGlobalOverload(name, result, parameters)));
  }

  private void member(String name, CelType result, CelType... parameters) {
    declarations.add(
        CelFunctionDecl.newFunctionDeclaration(
            name, CelOverloadDecl.newMemberOverload(name, result, List.of(parameters))));
  }

  @Override
  public void setCheckerOptions(CelCheckerBuilder checker) {
    checker.addFunctionDeclarations(declarations);
  }

  @Override
  public void setParserOptions(CelParserBuilder parser) {}

  @Override
  public void setRuntimeOptions(CelRuntimeBuilder runtime) {
    runtime.addFunctionBindings(bindings);
  }
}
