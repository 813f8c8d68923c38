# Judges each line of the input with the page's verify.rb.
require "json"
require_relative "verify"

$stdin.each_line do |line|
  kase = JSON.parse(line)
  verdict = genuine?(kase["body"].unpack1("m"), kase["headers"], kase["secrets"], Time.at(kase["nowS"]))
  puts verdict == true ? "genuine" : "refused"
rescue ArgumentError
  puts "no secret"
end
