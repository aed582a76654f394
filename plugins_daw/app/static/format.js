// Numbers as a professional reads and types them.

export function isShare(parameter) {
  return !parameter.unit && !parameter.choices.length && parameter.low >= 0 && parameter.high <= 1;
}

export function shown(parameter, value) {
  if (parameter.choices.length) return value;
  if (isShare(parameter)) return `${Math.round(100 * value)} %`;
  switch (parameter.unit) {
    case "Hz": return value >= 1000 ? `${(value / 1000).toFixed(2)} kHz` : `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} Hz`;
    case "dB": return decibels(value);
    case "ms": return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
    case "s": return value < 1 ? `${Math.round(1000 * value)} ms` : `${value.toFixed(2)} s`;
    case ": 1": return `${value.toFixed(value < 10 ? 2 : 1)} : 1`;
    default: return `${value.toFixed(2)}${parameter.unit ? ` ${parameter.unit}` : ""}`;
  }
}

export function decibels(value, digits = 1) {
  const text = Math.abs(value).toFixed(digits);
  const sign = Number(text) === 0 ? "" : value < 0 ? "−" : "+";
  return `${sign}${text} dB`;
}

// "2.4k", "35 %", "-3,5 dB", "250 ms" -> a number in the parameter's own unit, or NaN.
export function typed(parameter, text) {
  const match = text.trim().replace(",", ".").replace("−", "-").match(/^([+-]?\d*\.?\d+)\s*(k?)(.*)$/i);
  if (!match) return NaN;
  let number = Number(match[1]) * (match[2] ? 1000 : 1);
  if (isShare(parameter)) number /= 100;
  if (parameter.unit === "s" && match[3].trim().toLowerCase().startsWith("ms")) number /= 1000;
  return number;
}

export function clock(seconds) {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const rest = (seconds - 60 * minutes).toFixed(2).padStart(5, "0");
  return hours ? `${hours}:${String(minutes % 60).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

export function length(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export const unit = {
  of(parameter, value) {
    if (parameter.scale === "log") return Math.log(value / parameter.low) / Math.log(parameter.high / parameter.low);
    return (value - parameter.low) / (parameter.high - parameter.low);
  },
  from(parameter, position) {
    const at = Math.max(0, Math.min(1, position));
    if (parameter.scale === "log") return parameter.low * (parameter.high / parameter.low) ** at;
    return parameter.low + at * (parameter.high - parameter.low);
  },
};

// A share of a whole as a CSS length.
export function share(value) {
  return `${(100 * Math.max(0, Math.min(1, value))).toFixed(1)}%`;
}

export function percent(value) {
  return `${Math.round(100 * value)} %`;
}
