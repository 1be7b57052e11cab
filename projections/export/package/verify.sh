#!/bin/sh
# Prüft dieses Paket ohne Ratsbuch: mit openssl (ab 3.0), sha512sum, xmllint, awk und od.
# Was geprüft wird und was das zeigt, steht in LIESMICH.txt. Aufruf: sh verify.sh, mit bekanntem Anker: ANKER=... sh verify.sh
# Rückgabe: 0 nichts verändert gefunden, 3 ein Werkzeug fehlt, 4 Abweichung festgestellt.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
bad=0
fail() { bad=$((bad + 1)); printf 'ABWEICHUNG  %s\n' "$1"; }
finish() {
  if [ "$bad" -gt 0 ]; then printf 'ERGEBNIS    Abweichung festgestellt (%s)\n' "$bad"; exit 4; fi
}
# Womit nicht weitergelesen werden kann, ohne dem Inhalt des Pakets zu trauen.
stop() { fail "$1"; finish; }
# Was das Paket sagt, kommt ohne Steuerzeichen auf den Bildschirm.
plain() { tr -cd ' -~' | cut -c1-300; }
for tool in openssl sha512sum xmllint awk od find sort comm cut; do
  command -v "$tool" >/dev/null || { printf 'Es fehlt das Werkzeug %s.\n' "$tool" >&2; exit 3; }
done
hex() { od -An -v -tx1 | tr -d ' \n'; }
# Hexadezimale Ziffern als Bytes schreiben; printf kennt überall nur oktale Zahlen.
bytes() {
  awk -v text="$1" 'BEGIN { digits = "0123456789abcdef"; for (i = 1; i < length(text); i += 2) printf "\\%03o",
    16 * (index(digits, substr(text, i, 1)) - 1) + index(digits, substr(text, i + 1, 1)) - 1 }' >"$work/octal"
  # shellcheck disable=SC2059
  printf "$(cat "$work/octal")"
}
url64() { awk '{ gsub(/-/, "+"); gsub(/_/, "/"); while (length($0) % 4) $0 = $0 "="; print }' | openssl base64 -d -A; }
to_url64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

echo '1  Dateien: Verzeichnisse des Pakets (BagIt 1.0, SHA-512)'
[ -z "$(find . ! -type d ! -type f | head -1 | od -An -tx1)" ] || stop 'im Paket liegt, was keine Datei ist (Verweis, Gerät)'
find . -type f | grep -Eqv '^[.]/[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$' &&
  stop 'ein Dateiname hat andere Zeichen als Buchstaben, Ziffern, _, - und Punkt'
for list in tagmanifest-sha512.txt manifest-sha512.txt; do
  [ -f "$list" ] || stop "$list fehlt"
  grep -Eqv '^[0-9a-f]{128}  [A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$' "$list" &&
    stop "$list ist kein Verzeichnis von Prüfsummen"
  sha512sum --quiet --strict -c "$list" >"$work/sums" 2>&1 || fail "$list: $(plain <"$work/sums")"
done
{ sed 's/^[0-9a-f]*  //' manifest-sha512.txt tagmanifest-sha512.txt; echo tagmanifest-sha512.txt; } | sort >"$work/named"
find . -type f | sed 's|^\./||' | sort >"$work/there"
comm -13 "$work/named" "$work/there" >"$work/surplus"
while read -r name; do fail "überzählige Datei $name"; done <"$work/surplus"
extract=data/xml/auszug.xml
note=data/protokoll/checkpoint
for name in "$extract" "$note" data/schemata/xratsbuch-1.0.0.xsd; do [ -f "$name" ] || stop "$name fehlt"; done

echo '2  Aufbau: Auszug gegen sein Schema'
# Ein Kommentar oder eine Anweisung könnte verdecken, was unten zeilenweise gelesen wird; der Auszug hat keine.
if [ "$(head -n 1 "$extract")" != "<?xml version='1.0' encoding='utf-8'?>" ] || [ "$(grep -c '<[!?]' "$extract")" != 1 ]; then
  stop 'der Auszug hat einen anderen Kopf, einen Kommentar oder eine Anweisung'
fi
if sed '1d; s|</\{0,1\}xrb:||g' "$extract" | grep -q '<' || awk '
  BEGIN { RS = ">" }
  { sub(/^[^<]*/, "")
    gsub(/ xmlns:(xrb="https:\/\/ratsbuch[.]invalid\/schema\/xratsbuch\/1[.]0[.]0"|xsi="[^"]*XMLSchema-instance")/, "") }
  /xmlns/ { print }' "$extract" | grep -q .; then
  stop 'der Auszug hat Elemente, die nicht die seines Schemas sind'
fi
xmllint --nonet --noout --schema data/schemata/xratsbuch-1.0.0.xsd "$extract" 2>"$work/lint" ||
  stop "$(head -n 1 "$work/lint" | plain)"

# Jeder Eintrag wird eine Zeile: position strom folgenummer art wert offenlegungen weggelassen pfad
: >"$work/ends"
xmllint --nonet --noblanks --format "$extract" | awk -v ends="$work/ends" '
  function text(line) { sub(/^[^>]*>/, "", line); sub(/<.*$/, "", line); return line }
  function finish() {
    if (part == "wert" || part == "protokolleintrag") { kind = part; value = body }
    if (part == "offenlegung") given = given "," body
    part = ""
  }
  function collect(line, last) {
    last = line ~ /<\//
    sub(/<.*$/, "", line); gsub(/[ \t\r]/, "", line); body = body line
    if (last) finish()
  }
  { sub(/^ */, ""); name = $0; if (!sub(/^<\/?xrb:/, "", name)) name = ""; sub(/[ >\/].*$/, "", name) }
  name == "inhalt" { exit }
  part != "" { collect($0); next }
  name == "eintrag" && /^<\// { inside = 0; print position, stream, seq, kind, value, given ".", left ".", path "."; next }
  name == "eintrag" { inside = 1; position = stream = seq = given = left = path = ""; kind = value = "-" }
  !inside && name == "kennung" { stream = text($0) }
  !inside && name == "letzteFolgenummer" { print stream, text($0) >ends }
  !inside { next }
  name == "position" { position = text($0) }
  name == "strom" { stream = text($0) }
  name == "folgenummer" { seq = text($0) }
  name == "hashwert" { left = left "," text($0) }
  name == "pfadHashwert" { path = path "," text($0) }
  name == "wert" || name == "protokolleintrag" || name == "offenlegung" {
    part = name; body = ""; line = $0; sub(/^[^>]*>/, "", line); collect(line)
  }
' >"$work/entries"
count=$(wc -l <"$work/entries" | tr -d ' ')
[ "$count" -gt 0 ] || stop 'der Auszug hat keinen Eintrag'
b64='[A-Za-z0-9+/]+=*'
stream='[a-z]+:[0-9a-f-]+'
grep -Eqv "^[1-9][0-9]* $stream [1-9][0-9]* (wert|protokolleintrag) $b64 (,$b64)*[.] (,[A-Za-z0-9_-]+)*[.] (,$b64)*[.]\$" \
  "$work/entries" && stop 'ein Eintrag ist anders aufgebaut, als das Format sagt'
grep -Eqv "^$stream [1-9][0-9]*\$" "$work/ends" && stop 'ein Strom ist anders aufgebaut, als das Format sagt'

echo '3  Prüfpunkt: Unterschrift des Protokolls (Ed25519)'
origin=$(sed -n 1p "$note"); size=$(sed -n 2p "$note"); root=$(sed -n 3p "$note")
printf '%s %s %s\n' "$origin" "$size" "$root" | grep -Eq '^[A-Za-z0-9._-]+ [1-9][0-9]{0,17} [A-Za-z0-9+/]{43}=$' ||
  stop 'der Prüfpunkt ist anders aufgebaut, als das Format sagt'
awk '/^$/ { exit } { print }' "$note" >"$work/text"
found=''
for vkey in data/protokoll/log.vkey data/protokoll/log-[0-9]*.vkey; do
  [ -f "$vkey" ] || continue
  key=$(cat "$vkey")
  printf '%s\n' "$key" | grep -Eq "^[A-Za-z0-9._-]+[+][0-9a-f]{8}[+]$b64\$" || stop "$vkey ist kein Schlüssel"
  name=${key%%+*}; public=${key#*+}; id=${public%%+*}
  public=$(printf '%s\n' "${public#*+}" | openssl base64 -d -A | hex | cut -c3-)
  bytes "302a300506032b6570032100$public" | openssl pkey -pubin -inform DER -out "$work/log.pem" 2>/dev/null || continue
  awk -v name="$name" '$1 == "\342\200\224" && $2 == name { print $3 }' "$note" >"$work/lines"
  while read -r line; do
    printf '%s' "$line" | openssl base64 -d -A >"$work/raw"
    [ "$(head -c 4 "$work/raw" | hex)" = "$id" ] || continue
    tail -c +5 "$work/raw" >"$work/sig"
    if openssl pkeyutl -verify -pubin -inkey "$work/log.pem" -rawin -in "$work/text" -sigfile "$work/sig" >/dev/null 2>&1; then
      found=$key
    fi
  done <"$work/lines"
done
[ -n "$found" ] || fail 'der Prüfpunkt ist von keinem der beiliegenden Schlüssel unterschrieben'

echo "4  Einträge: $count, jeder mit Unterschrift, Kette, Offenlegungen und Platz im Protokoll ($size Einträge)"
root_hex=$(printf '%s' "$root" | openssl base64 -d -A | hex)
mkdir "$work/last" "$work/keys"
: >"$work/logkeys"
node() { bytes "01$1$2" | openssl dgst -sha256 -binary | hex; }
# Welche Schlüssel gelten, sagen die Einträge des Registers selbst, der erste zuoberst; von ihm ist der Anker.
member() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p' "$work/body"; }
learn() {
  case $(member type) in
    register-opened/1 | root-changed/1)
      member root_certificate | openssl base64 -d -A >"$work/certificate"
      name=$(openssl dgst -sha256 -binary "$work/certificate" | hex)
      openssl x509 -inform DER -in "$work/certificate" -pubkey -noout >"$work/keys/$name" 2>/dev/null || rm "$work/keys/$name"
      member log_ed25519 >>"$work/logkeys" ;;
    signer-enrolled/1)
      name=$(member certificate_digest | url64 | hex)
      { echo '-----BEGIN PUBLIC KEY-----'; member public_key | fold -w 64; echo; echo '-----END PUBLIC KEY-----'; } |
        sed '/^$/d' >"$work/keys/$name" ;;
    log-key-changed/1) member log_ed25519 >>"$work/logkeys" ;;
  esac
}
stack=''
anchor=''
register=''
while read -r position stream seq kind value given left path; do
  where="Position $position ($stream#$seq)"
  printf '%s' "$value" | openssl base64 -d -A >"$work/token"
  previous=$(cat "$work/last/$stream" 2>/dev/null || echo '0 -')
  if [ "$kind" = wert ]; then
    openssl dgst -sha512 -binary "$work/token" >"$work/entry"
    if [ "$position" = 1 ]; then anchor=$(openssl dgst -sha256 -binary "$work/token" | hex); register=$stream; fi
    head=$(cut -d. -f1 "$work/token"); body=$(cut -d. -f2 "$work/token"); signature=$(cut -d. -f3 "$work/token")
    printf '%s' "$head" | url64 >"$work/head"; printf '%s' "$body" | url64 >"$work/body"
    algorithm=$(sed 's/.*"alg":"\([A-Z0-9]*\)".*/\1/' "$work/head")
    key=$(sed 's/.*"x5t#S256":"\([A-Za-z0-9_-]*\)".*/\1/' "$work/head" | url64 | hex)
    if [ "$stream" = "$register" ]; then learn; fi
    printf '%s.%s' "$head" "$body" >"$work/signed"
    printf '%s' "$signature" | url64 | hex >"$work/sighex"
    case $algorithm in
      ES256 | ES384)
        awk '{ half = length($0) / 2; part[1] = substr($0, 1, half); part[2] = substr($0, half + 1)
          for (i = 1; i <= 2; i++) { sub(/^(00)+/, "", part[i]); if (part[i] ~ /^[89a-f]/) part[i] = "00" part[i]
            all = all sprintf("02%02x%s", length(part[i]) / 2, part[i]) }
          printf "30%02x%s", length(all) / 2, all }' "$work/sighex" >"$work/der"
        bytes "$(cat "$work/der")" >"$work/sig"
        hash=sha256; [ "$algorithm" = ES384 ] && hash=sha384
        set -- ;;
      *)
        bytes "$(cat "$work/sighex")" >"$work/sig"
        hash=sha256; set -- -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 ;;
    esac
    [ -f "$work/keys/$key" ] || fail "$where: den Schlüssel nennt kein Eintrag des Registers"
    openssl dgst -$hash -verify "$work/keys/$key" "$@" -signature "$work/sig" "$work/signed" >/dev/null 2>&1 ||
      fail "$where: die Unterschrift passt nicht"
    grep -Fq "\"sub\":\"$stream\"" "$work/body" || fail "$where: der Eintrag nennt einen anderen Strom"
    grep -Fq "\"seq\":$seq," "$work/body" || fail "$where: der Eintrag nennt einen anderen Platz"
    if [ "$seq" != 1 ] && [ "${previous#* }" != - ]; then
      grep -Fq "\"prev\":\"${previous#* }\"" "$work/body" || fail "$where: folgt nicht auf den Eintrag davor"
    fi
    for text in $(printf '%s' "$given" | tr ',' ' '); do
      [ "$text" = . ] && continue
      digest=$(printf '%s' "${text%.}" | openssl base64 -d -A | openssl dgst -sha256 -binary | to_url64)
      grep -Fq "\"$digest\"" "$work/body" || fail "$where: eine Offenlegung gehört nicht dazu"
    done
    for digest in $(printf '%s' "$left" | tr ',' ' '); do
      [ "$digest" = . ] && continue
      grep -Fq "\"${digest%.}\"" "$work/body" || fail "$where: weggelassen ist, was der Eintrag nicht hat"
    done
  else
    cp "$work/token" "$work/entry"
  fi
  [ "$seq" = $((${previous%% *} + 1)) ] || fail "$where: davor fehlt ein Eintrag des Stroms"
  printf '%s %s' "$seq" "$(to_url64 <"$work/entry")" >"$work/last/$stream"
  hash=$({ printf '\000'; cat "$work/entry"; } | openssl dgst -sha256 -binary | hex)
  if [ "$path" = . ] && [ "$size" != 1 ]; then
    # Alle Einträge sind da: die Wurzel entsteht aus ihnen (RFC 9162, 2.1.1).
    at=$position
    while [ $((at % 2)) = 0 ]; do
      hash=$(node "${stack##* }" "$hash"); stack=${stack% *}; at=$((at / 2))
    done
    stack="$stack $hash"
  else
    # Der Pfad dieses Eintrags zur Wurzel (RFC 9162, 2.1.3.2).
    fn=$((position - 1)); sn=$((size - 1))
    for step in $(printf '%s' "$path" | tr ',' ' '); do
      [ "$step" = . ] && continue
      step=$(printf '%s' "${step%.}" | openssl base64 -d -A | hex)
      if [ $((fn % 2)) = 1 ] || [ "$fn" = "$sn" ]; then
        hash=$(node "$step" "$hash")
        while [ $((fn % 2)) = 0 ] && [ "$fn" != 0 ]; do fn=$((fn / 2)); sn=$((sn / 2)); done
      else
        hash=$(node "$hash" "$step")
      fi
      fn=$((fn / 2)); sn=$((sn / 2))
    done
    [ "$hash" = "$root_hex" ] || fail "$where: der Pfad führt nicht zur Wurzel des Prüfpunkts"
  fi
done <"$work/entries"
while read -r stream seq; do
  previous=$(cat "$work/last/$stream" 2>/dev/null || echo '0 -')
  [ "${previous%% *}" = "$seq" ] || fail "$stream: endet mit ${previous%% *}, soll mit $seq enden"
done <"$work/ends"
[ "$(find "$work/last" -type f | wc -l)" -eq "$(wc -l <"$work/ends")" ] || fail 'das Ende eines Stroms ist nicht genannt'
[ -n "$anchor" ] || fail 'der erste Eintrag des Registers fehlt'
grep -Fqx -- "${found:--}" "$work/logkeys" || fail 'den Schlüssel des Protokolls nennt kein Eintrag des Registers'
if [ -n "$stack" ]; then
  # shellcheck disable=SC2086
  set -- $stack
  hash=''
  while [ $# -gt 0 ]; do
    eval "top=\${$#}"
    if [ -z "$hash" ]; then hash=$top; else hash=$(node "$top" "$hash"); fi
    rest=''; i=1
    for each in "$@"; do [ "$i" -lt $# ] && rest="$rest $each"; i=$((i + 1)); done
    # shellcheck disable=SC2086
    set -- $rest
  done
  [ "$hash" = "$root_hex" ] || fail 'aus den Einträgen entsteht eine andere Wurzel als die des Prüfpunkts'
fi

echo "Register    $origin"
echo "Anker       $anchor"
echo "Prüfpunkt   $size Einträge, Wurzel $root"
finish
echo 'ERGEBNIS    in sich stimmig; nichts wurde verändert gefunden'
if [ -z "${ANKER:-}" ]; then
  echo '            Ob es das richtige Register ist, zeigt der Anker: vergleichen Sie ihn mit einem, den Sie von'
  echo '            anderswo haben (ANKER=... sh verify.sh), und den Prüfpunkt mit einer Zeile unter der Niederschrift.'
  exit 0
fi
[ "$ANKER" = "$anchor" ] || { echo 'ABWEICHUNG  der Anker ist ein anderer'; exit 4; }
echo '            Der Anker stimmt mit dem genannten überein.'
