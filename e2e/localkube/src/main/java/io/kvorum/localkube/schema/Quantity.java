package io.kvorum.localkube.schema;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A Kubernetes quantity, such as `10Gi` or `500m`, as an exact number.
public record Quantity(BigDecimal value) implements Comparable<Quantity> {

  private static final Pattern FORM =
      Pattern.compile(
          "([+-]?(?:\\d+\\.?\\d*|\\.\\d+))(?:([eE][+-]?\\d+)|([KMGTPE]i|[numkMGTPE])?)");

  /// The quantity a text means; empty when it means none.
  public static Optional<Quantity> parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    var number = new BigDecimal(form.group(1));
    if (form.group(2) != null) {
      int exponent = Integer.parseInt(form.group(2).substring(1).replace("+", ""));
      return Optional.of(new Quantity(number.scaleByPowerOfTen(exponent)));
    }
    String suffix = form.group(3) == null ? "" : form.group(3);
    return Optional.of(new Quantity(number.multiply(factor(suffix))));
  }

  private static BigDecimal factor(String suffix) {
    if (suffix.endsWith("i")) {
      int power = "KMGTPE".indexOf(suffix.charAt(0)) + 1;
      return new BigDecimal(BigInteger.TWO.pow(10 * power));
    }
    int exponent =
        switch (suffix) {
          case "n" -> -9;
          case "u" -> -6;
          case "m" -> -3;
          case "k" -> 3;
          case "M" -> 6;
          case "G" -> 9;
          case "T" -> 12;
          case "P" -> 15;
          case "E" -> 18;
          default -> 0;
        };
    return BigDecimal.ONE.scaleByPowerOfTen(exponent);
  }

  @Override
  public int compareTo(Quantity other) {
    return value.compareTo(other.value);
  }
}
