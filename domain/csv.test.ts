import { cases, isValue } from '../test/harness/cases.ts'
import { csvCell, csvLine, csvLines } from './csv.ts'

cases('a cell', csvCell, [
  ['text', ['Tea'], isValue('Tea')],
  ['nothing', [null], isValue('')],
  ['a comma', ['a,b'], isValue('"a,b"')],
  ['quotes', ['say "yes"'], isValue('"say ""yes"""')],
  ['lines', ['one\ntwo\r\nthree'], isValue('"one\ntwo\r\nthree"')],
  ['an amount', ['12.5'], isValue('12.5')],
  ['an amount below 0 stays a number', ['-0.000001'], isValue('-0.000001')],
  ['a number', [-3], isValue('-3')],
  ['a formula', ['=cmd|\' /C calc\'!A0'], isValue("'=cmd|' /C calc'!A0")],
  ['a formula with a comma', ['=SUM(A1,A2)'], isValue('"\'=SUM(A1,A2)"')],
  ['plus', ['+1+1'], isValue("'+1+1")],
  ['minus', ['-1+1'], isValue("'-1+1")],
  ['at', ['@SUM(1)'], isValue("'@SUM(1)")],
  ['behind a space', [' =1'], isValue("' =1")],
  ['behind a tab', ['\tx'], isValue("'\tx")],
  ['behind a line', ['\n=1'], isValue('"\'\n=1"')],
  ['a wide one', ['＝1'], isValue("'＝1")],
  ['in the middle', ['a=b'], isValue('a=b')],
  ['an object', [{ a: 1 }], isValue('"{""a"":1}"')],
])
cases('a line', csvLine, [['three cells', [['a', null, 'b,c']], isValue('a,,"b,c"\r\n')]])
cases('lines', csvLines, [['by column', [['a', 'b'], [{ b: 1, a: 2, c: 3 }, { a: 4 }]], isValue('2,1\r\n4,\r\n')]])
