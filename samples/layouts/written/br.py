"""Brazilian papers."""
from data import check

from . import add, cnpj, cpf, dcnpj, g4

s, b = cnpj("b1"), cnpj("b2")
add("br_nfse_sp", "pt", "chromium", "body{font-size:8pt}.o{border:.6pt solid #000;padding:3px}.o+.o{border-top:0}.l{font-size:6.5pt}",
f"""<table class="w b"><tr><td style="text-align:center"><b>PREFEITURA DO MUNICÍPIO DE ITARARÉ DO SUL</b><br>SECRETARIA MUNICIPAL DA FAZENDA<br><b>NOTA FISCAL ELETRÔNICA DE SERVIÇOS - NFS-e</b><br><small>RPS Nº 812 Série A, emitido em 28/10/2025</small><td style="width:34mm">Número da Nota<br><b>00003417</b><hr>Data e Hora de Emissão<br><b>29/10/2025 09:14:51</b><hr>Código de Verificação<br><b>QK7T-2MXV</b></tr></table>
<div class=o><center><b>PRESTADOR DE SERVIÇOS</b></center>CPF/CNPJ: <b>{dcnpj(s)}</b> &nbsp; Inscrição Municipal: <b>3.118.227-0</b><br>Nome/Razão Social: <b>CLARITAS TREINAMENTOS LTDA</b><br>Endereço: <b>R DOS PINHEIROS 0870, CONJ 153 - PINHEIROS - CEP: 05422-001</b><br>Município: <b>Itararé do Sul</b> UF: <b>SP</b></div>
<div class=o><center><b>TOMADOR DE SERVIÇOS</b></center>Nome/Razão Social: <b>BANDEIRANTES AGRO INDUSTRIAL S.A.</b><br>CPF/CNPJ: <b>{dcnpj(b)}</b> &nbsp; Inscrição Municipal: <b>----</b><br>Endereço: <b>ROD ANHANGUERA KM 98 - DISTRITO INDUSTRIAL - CEP: 13052-900</b><br>Município: <b>Campinas</b> UF: <b>SP</b> E-mail: <b>fiscal@bandagro.example</b></div>
<div class=o><center><b>INTERMEDIÁRIO DE SERVIÇOS</b></center>CPF/CNPJ: ---- Nome/Razão Social: ----</div>
<div class=o style="height:70mm"><center><b>DISCRIMINAÇÃO DOS SERVIÇOS</b></center>Treinamento in company Liderança, turma 2, 16 horas.<br>Vencimento: 15/11/2025<br>Dados bancários: Banco 341 Ag 0912 C/C 44120-7<br>IRRF 1,5%: 127,50 CSLL/PIS/COFINS 4,65%: 395,25 Líquido a receber: 7.977,25</div>
<div class=o><center><b>VALOR TOTAL DO SERVIÇO = R$ 8.500,00</b></center></div>
<table class="w b"><tr><td><span class=l>INSS (R$)</span><br>-<td><span class=l>IRRF (R$)</span><br>127,50<td><span class=l>CSLL (R$)</span><br>85,00<td><span class=l>COFINS (R$)</span><br>255,00<td><span class=l>PIS/PASEP (R$)</span><br>55,25</tr></table>
<table class="w b"><tr><td colspan=5><span class=l>Código do Serviço</span><br>05762 - Ensino, instrução, treinamento e avaliação de conhecimentos</tr><tr><td><span class=l>Valor Total das Deduções (R$)</span><br>0,00<td><span class=l>Base de Cálculo (R$)</span><br>8.500,00<td><span class=l>Alíquota (%)</span><br>5,00%<td><span class=l>Valor do ISS (R$)</span><br>425,00<td><span class=l>Crédito (R$)</span><br>0,00</tr></table>""",
invoice_number="00003417", issue_date="2025-10-29", due_date="2025-11-15", currency="BRL", total_gross="8500.00", seller_tax_id=s, buyer_tax_id=b, seller_name="CLARITAS TREINAMENTOS LTDA", buyer_name="BANDEIRANTES AGRO INDUSTRIAL S.A.")
s, b = cnpj("b3"), cnpj("b4")
add("br_luz", "pt", "placed", "", [
(15, 14, 12, "Companhia Serrana de Energia", "B"), (15, 19, 7, "CSE Distribuição S.A. - Rua Independência, 1200 - Caxias do Sul - RS - CNPJ " + dcnpj(s) + " - Insc. Est. 029/0123456"), (15, 26, 9, "DOCUMENTO AUXILIAR DA NOTA FISCAL DE ENERGIA ELÉTRICA ELETRÔNICA"),
(15, 38, 9, "METALÚRGICA TRÊS IRMÃOS LTDA"), (15, 43, 9, "ROD RSC 453 KM 12 - PAVILHÃO 3"), (15, 48, 9, "95110-690 CAXIAS DO SUL RS"), (15, 53, 9, "CNPJ: " + dcnpj(b)),
(120, 38, 9, "NOTA FISCAL Nº 018.774.211 - SÉRIE 003"), (120, 43, 9, "DATA DE EMISSÃO: 07/10/2025"), (120, 48, 9, "Código do cliente: 7041233-8"),
(15, 66, 8, "Ref: Mês/Ano"), (75, 66, 8, "Vencimento"), (135, 66, 8, "Total a pagar"), (15, 72, 12, "OUT/2025", "B"), (75, 72, 12, "22/10/2025", "B"), (135, 72, 12, "R$ 1.934,18", "B"),
(15, 84, 7, "Itens de fatura"), (70, 84, 7, "Unid."), (95, 84, 7, "Quant.", "r"), (120, 84, 7, "Preço unit (R$) com tributos", "r"), (140, 84, 7, "Valor (R$)", "r"), (160, 84, 7, "PIS/COFINS", "r"), (180, 84, 7, "ICMS (R$)", "r"),
(15, 89, 8, "Consumo ativo TE"), (70, 89, 8, "kWh"), (95, 89, 8, "2.140", "r"), (120, 89, 8, "0,41250000", "r"), (140, 89, 8, "882,75", "r"), (160, 89, 8, "36,02", "r"), (180, 89, 8, "150,07", "r"),
(15, 94, 8, "Consumo uso sistema TUSD"), (70, 94, 8, "kWh"), (95, 94, 8, "2.140", "r"), (120, 94, 8, "0,46870000", "r"), (140, 94, 8, "1.003,02", "r"), (160, 94, 8, "40,92", "r"), (180, 94, 8, "170,51", "r"),
(15, 99, 8, "Contrib. custeio ilum. pública"), (140, 99, 8, "48,41", "r"), (15, 105, 8, "TOTAL", "B"), (140, 105, 8, "1.934,18", "rB"),
(15, 120, 8, "Leitura anterior 04/09/2025"), (80, 120, 8, "Leitura atual 06/10/2025"), (140, 120, 8, "Próxima leitura 05/11/2025"),
(15, 132, 8, "Tributo"), (60, 132, 8, "Base de cálculo (R$)", "r"), (85, 132, 8, "Alíquota", "r"), (110, 132, 8, "Valor (R$)", "r"), (15, 137, 8, "ICMS"), (60, 137, 8, "1.885,77", "r"), (85, 137, 8, "17,00", "r"), (110, 137, 8, "320,58", "r"), (15, 142, 8, "PIS"), (60, 142, 8, "1.565,19", "r"), (85, 142, 8, "0,88", "r"), (110, 142, 8, "13,77", "r")],
invoice_number="18774211", issue_date="2025-10-07", due_date="2025-10-22", currency="BRL", total_gross="1934.18", amount_payable="1934.18", seller_tax_id=s, buyer_tax_id=b, seller_name="CSE Distribuição S.A.", buyer_name="METALÚRGICA TRÊS IRMÃOS LTDA")
s, b = cnpj("b5"), cnpj("b6")
key = check.access_key(35, "2511", s, 65, 1, 88412, 10293847)
add("br_nfce", "pt", "slip", "", f"""
     SUPERMERCADO BOM VALE LTDA
  CNPJ: {dcnpj(s)}
 AV. BRASIL, 2201, CENTRO, JUNDIAI, SP
 Documento Auxiliar da Nota Fiscal de
      Consumidor Eletrônica
CÓD    DESCRIÇÃO  QTD UN  VL UNIT  VL TOTAL
789100 CAFE TORRADO 500G 4 UN 18,90   75,60
789231 ACUCAR CRISTAL 5KG 2 UN 21,49  42,98
789555 PAPEL TOALHA 1 PC 12,40        12,40
Qtde. total de itens                      3
Valor total R$                       130,98
Desconto R$                            5,98
Valor a Pagar R$                     125,00
FORMA DE PAGAMENTO               VALOR PAGO
Cartão de Débito                     125,00
   Consulte pela Chave de Acesso em
   https://www.nfce.fazenda.sp.gov.br
{g4(key)[:29]}
{g4(key)[30:]}
CONSUMIDOR - CNPJ {dcnpj(b)}
NFC-e nº 000088412 Série 001
14/11/2025 18:03:22
Protocolo de Autorização: 135250001234567
""", invoice_number="88412", issue_date="2025-11-14", currency="BRL", total_gross="125.00", seller_tax_id=s, buyer_tax_id=b, access_key=key, seller_name="SUPERMERCADO BOM VALE LTDA")
s, b = cnpj("b7"), cpf("b8")
add("br_recibo", "pt", "weasyprint", "body{font-family:'Liberation Serif';font-size:12pt;line-height:1.6}",
f"""<div class=c2><h2>RECIBO Nº 047/2025</h2><h2>VALOR: R$ 2.350,00</h2></div><p>Recebi(emos) de <b>Pousada Mar Aberto Ltda</b>, inscrita no CNPJ {dcnpj(s)}, a importância de dois mil trezentos e cinquenta reais, referente a serviços de pintura da fachada e reparos hidráulicos executados no mês de setembro de 2025.</p><p>Para clareza firmo(amos) o presente.</p><p>Porto Belo/SC, 3 de outubro de 2025.</p><br><br><center>_____________________________<br>Gilberto Antunes<br>CPF {b[:3]}.{b[3:6]}.{b[6:9]}-{b[9:]}</center>""",
invoice_number="047/2025", issue_date="2025-10-03", currency="BRL", total_gross="2350.00", seller_tax_id=b, buyer_tax_id=s, seller_name="Gilberto Antunes", buyer_name="Pousada Mar Aberto Ltda")
s, b = cnpj("2b1"), cnpj("2b2")
add("br2_nfse", "pt", "chromium", "body{font-size:8pt}td small{color:#555}",
f"""<div class=c2><div><b>PREFEITURA MUNICIPAL DE ARARAS VERDES</b><br>Secretaria de Finanças<br>Nota Fiscal Eletrônica de Serviços - NFS-e</div><table class=b><tr><td><small>Número da NFS-e</small><br>202500000000614</tr><tr><td><small>Data e hora da emissão</small><br>05/11/2025 16:20</tr><tr><td><small>Competência</small><br>10/2025</tr></table></div>
<p><b>Dados do Prestador</b></p><table class="b w"><tr><td colspan=2><small>Razão Social/Nome</small><br>VISTA CLARA LIMPEZA PREDIAL LTDA ME<td><small>CNPJ/CPF</small><br>{dcnpj(s)}</tr><tr><td><small>Endereço</small><br>RUA DAS ACÁCIAS, 55<td><small>Município</small><br>Araras Verdes - MG<td><small>Insc. Municipal</small><br>120394</tr></table>
<p><b>Dados do Tomador</b></p><table class="b w"><tr><td colspan=2><small>Razão Social/Nome</small><br>CONDOMÍNIO EDIFÍCIO PORTAL DO LAGO<td><small>CNPJ/CPF</small><br>{dcnpj(b)}</tr><tr><td colspan=3><small>Endereço</small><br>AV. BEIRA LAGO, 1000 - CENTRO - 35700-000</tr></table>
<p><b>Discriminação dos Serviços</b></p><p>Limpeza e conservação mês de outubro/2025. Retenção INSS 11%.</p>
<table class="b w"><tr><td><small>Valor dos Serviços</small><br>R$ 6.400,00<td><small>(-) Deduções</small><br>R$ 0,00<td><small>(-) Retenções federais</small><br>R$ 704,00<td><small>(-) ISS retido</small><br>R$ 192,00<td><small>(=) Valor Líquido</small><br>R$ 5.504,00</tr><tr><td><small>Base de Cálculo</small><br>R$ 6.400,00<td><small>Alíquota</small><br>3,00 %<td><small>Valor do ISS</small><br>R$ 192,00<td colspan=2><small>Vencimento</small><br>10/11/2025</tr></table>""",
invoice_number="202500000000614", issue_date="2025-11-05", due_date="2025-11-10", currency="BRL", total_gross="6400.00", amount_payable="5504.00", seller_tax_id=s, buyer_tax_id=b, seller_name="VISTA CLARA LIMPEZA PREDIAL LTDA ME", buyer_name="CONDOMÍNIO EDIFÍCIO PORTAL DO LAGO")
s, b = cnpj("2b3"), cnpj("2b4")
add("br2_boleto", "pt", "placed", "", [
(15, 20, 12, "BANCO HORIZONTE | 077-9 | 07790.00116 12345.678901 98765.432109 4 12340000045990", "B"),
(15, 30, 7, "Local de pagamento"), (15, 34, 9, "Pagável em qualquer banco até o vencimento"), (150, 30, 7, "Vencimento"), (195, 34, 10, "20/11/2025", "r"),
(15, 41, 7, "Beneficiário"), (15, 45, 9, "ESCOLA DE IDIOMAS PONTE NOVA LTDA - CNPJ " + dcnpj(s)), (150, 41, 7, "Agência/Código Beneficiário"), (195, 45, 9, "0001/1234567-8", "r"),
(15, 52, 7, "Data do documento"), (15, 56, 9, "01/11/2025"), (50, 52, 7, "Nº do documento"), (50, 56, 9, "4471/11"), (85, 52, 7, "Espécie doc."), (85, 56, 9, "DS"), (105, 52, 7, "Aceite"), (105, 56, 9, "N"), (120, 52, 7, "Data process."), (120, 56, 9, "01/11/2025"), (150, 52, 7, "Nosso número"), (195, 56, 9, "109/12345678-9", "r"),
(15, 63, 7, "Uso do banco"), (50, 63, 7, "Carteira"), (50, 67, 9, "109"), (85, 63, 7, "Espécie"), (85, 67, 9, "R$"), (120, 63, 7, "Quantidade"), (150, 63, 7, "(=) Valor do documento"), (195, 67, 10, "459,90", "r"),
(15, 74, 7, "Instruções"), (15, 79, 8, "Após o vencimento cobrar multa de 2% e juros de 1% ao mês. Desconto de R$ 20,00 até 15/11/2025."), (150, 74, 7, "(-) Desconto/Abatimento"), (150, 82, 7, "(+) Mora/Multa"), (150, 90, 7, "(=) Valor cobrado"),
(15, 100, 7, "Pagador"), (15, 104, 9, "OFICINA DO SABOR RESTAURANTE LTDA - CNPJ " + dcnpj(b)), (15, 109, 9, "RUA XV DE AGOSTO, 77 - 13010-001 - CAMPINAS - SP"), (15, 116, 7, "Sacador/Avalista")],
invoice_number="4471/11", issue_date="2025-11-01", due_date="2025-11-20", currency="BRL", total_gross="459.90", seller_tax_id=s, buyer_tax_id=b, seller_name="ESCOLA DE IDIOMAS PONTE NOVA LTDA", buyer_name="OFICINA DO SABOR RESTAURANTE LTDA")
